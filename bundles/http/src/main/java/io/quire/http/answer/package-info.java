/** Response bodies as OpenAI's clients and vLLM's users expect them. */
package io.quire.http.answer;
