/** Directories as Hugging Face lays them out: safetensors files, config.json, tokenizer texts. */
package io.quire.formats.safetensors;
