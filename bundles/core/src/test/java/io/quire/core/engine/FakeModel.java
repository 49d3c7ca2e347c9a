package io.quire.core.engine;

import java.util.Collection;

/** A model whose next token is a hash of all tokens before it: one wrong token changes the rest. */
public final class FakeModel {
  /** Its token ids are below. */
  public static final int VOCABULARY = 512;

  static final int END = 2;

  private FakeModel() {}

  /** The token after the first {@code length} of {@code tokens}. */
  static int next(
      int[] tokens, int length, long seed, int outputs, int minTokens, Collection<Integer> ends) {
    long h = seed * 0x9E3779B97F4A7C15L + 1;
    for (int i = 0; i < length; i++) {
      h = (h ^ tokens[i]) * 0xBF58476D1CE4E5B9L;
      h ^= h >>> 29;
    }
    int token = 4 + (int) Math.floorMod(h >>> 3, (long) VOCABULARY - 4);
    if (Math.floorMod(h >>> 17, 29L) == 0) {
      token = END;
    }
    while (outputs < minTokens && ends.contains(token)) {
      token = 4 + (token + 1) % (VOCABULARY - 4);
    }
    return token;
  }

  static float logprob(int token) {
    return -(token % 100) / 10f;
  }
}
