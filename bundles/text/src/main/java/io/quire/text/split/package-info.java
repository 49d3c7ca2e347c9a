/** Pre-tokenizers: they cut text into the words that byte pair encoding works on. */
package io.quire.text.split;
