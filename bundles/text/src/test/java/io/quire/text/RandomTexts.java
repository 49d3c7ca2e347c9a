package io.quire.text;

import java.util.random.RandomGenerator;

/** Random texts of the kinds that tokenizers stumble over. */
final class RandomTexts {
  private static final String[] PIECES = {
    "a",
    "b",
    " ",
    "  ",
    "\n",
    "\t",
    "\r\n",
    "The",
    " the",
    "'s",
    "1",
    "42",
    "_",
    "-",
    "\u00e9",
    "e\u0301",
    "\u2581",
    "\u00a0",
    "\u3000",
    "\u4e2d\u6587",
    "\ud83d\ude00",
    "\ud83d\udc69\u200d\ud83d\udd2c",
    "\u0e01",
    "\u0661",
    "\u00b2",
    "<b>",
    "</s>",
    "<0x41>",
    "<bos>",
    "<|im_start|>",
    "\u0000",
    "\u0120",
    "!?",
    "\ufffd"
  };
  private static final String[] SMALL = {
    "a", "b", "ab", " a", "\u00e9", "\ud83d\ude00", "\ud83d\ude01"
  };

  private RandomTexts() {}

  /** Up to so many pieces of every kind. */
  static String any(RandomGenerator random, int most) {
    return of(PIECES, random, most);
  }

  /** Up to so many pieces of few kinds, so that texts contain each other often. */
  static String small(RandomGenerator random, int most) {
    return of(SMALL, random, most);
  }

  private static String of(String[] pieces, RandomGenerator random, int most) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append(pieces[random.nextInt(pieces.length)]);
    }
    return text.toString();
  }
}
