/** Byte pair encoding as SentencePiece does it, by the scores of pieces. */
package io.quire.text.sentencepiece;
