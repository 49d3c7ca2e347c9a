/** Tokenizers: the services that read them from model files, and the tokenizer they make. */
package io.quire.text;
