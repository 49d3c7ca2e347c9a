package io.quire.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.quire.bench.stats.Draws;

/**
 * Texts of about a given number of tokens: common English words, one token each in most
 * vocabularies. They differ from the first words on, so that no server shares a prefix among them.
 */
final class PromptText implements Prompts {
  private static final String[] WORDS =
      ("apple river stone cloud garden window paper music table chair bridge forest winter summer"
              + " morning evening doctor teacher student farmer sister brother mother father"
              + " village city road train ship plane horse bird fish tree flower grass rain snow"
              + " wind fire water earth light shadow color sound voice song story letter word"
              + " number minute hour week month year world country island mountain valley field"
              + " market school church house room door floor wall roof kitchen bread milk sugar"
              + " salt meat fruit glass bottle knife paint picture book page line point circle"
              + " square metal gold silver iron wood cotton leather engine wheel machine computer"
              + " phone camera screen button question answer reason idea plan game team ball"
              + " race prize money bank price trade law court judge police army war peace king"
              + " queen hand head heart eye face hair skin blood bone health sleep dream")
          .split(" ");

  private final long seed;

  PromptText(long seed) {
    this.seed = seed;
  }

  @Override
  public JsonNode prompt(int index, int tokens) {
    Draws draws = new Draws(seed * 1_000_003L + index);
    StringBuilder text = new StringBuilder(tokens * 7);
    for (int i = 0; i < tokens; i++) {
      text.append(i == 0 ? "" : " ").append(WORDS[draws.between(0, WORDS.length)]);
    }
    return TextNode.valueOf(text.toString());
  }
}
