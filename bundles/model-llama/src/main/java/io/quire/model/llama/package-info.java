/** The Llama family: Llama 2 and 3, Mistral, SmolLM2. */
package io.quire.model.llama;
