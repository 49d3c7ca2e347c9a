/** Tokens to text as they arrive: whole characters only, and stop strings. */
package io.quire.text.stream;
