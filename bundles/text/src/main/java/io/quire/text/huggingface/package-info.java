/** Reads tokenizers from the JSON files of Hugging Face folders. */
package io.quire.text.huggingface;
