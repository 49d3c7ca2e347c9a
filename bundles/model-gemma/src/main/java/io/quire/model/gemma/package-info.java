/** Gemma 3, text. */
package io.quire.model.gemma;
