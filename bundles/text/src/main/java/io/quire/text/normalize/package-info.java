/** Changes to text before it is split into tokens. */
package io.quire.text.normalize;
