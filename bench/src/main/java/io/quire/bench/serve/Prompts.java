package io.quire.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;

/** Makes prompts, as requests hold them. */
@FunctionalInterface
interface Prompts {
  /**
   * The prompt of one request. No two share a beginning.
   *
   * @param index which request
   * @param tokens how many tokens, about or exactly
   * @return a text or a list of token ids
   */
  JsonNode prompt(int index, int tokens);
}
