package io.quire.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.quire.bench.stats.Draws;

/** Lists of exactly so many token ids, for models whose tokenizer has no words. */
final class PromptIds implements Prompts {
  /** Below it most vocabularies keep tokens with a meaning of their own. */
  private static final int LEAST = 3;

  private final long seed;
  private final int vocabulary;

  PromptIds(long seed, int vocabulary) {
    this.seed = seed;
    this.vocabulary = vocabulary;
  }

  @Override
  public JsonNode prompt(int index, int tokens) {
    Draws draws = new Draws(seed * 1_000_003L + index);
    ArrayNode ids = JsonNodeFactory.instance.arrayNode(tokens);
    for (int i = 0; i < tokens; i++) {
      ids.add(draws.between(LEAST, vocabulary));
    }
    return ids;
  }
}
