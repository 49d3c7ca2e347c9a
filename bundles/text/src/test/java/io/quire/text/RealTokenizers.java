package io.quire.text;

import io.quire.api.text.Tokenizer;
import io.quire.testkit.TestModels;

/** The tokenizers of the two test models, read once for all tests. */
final class RealTokenizers {
  private static final Tokenizer SMOLLM2 =
      new GgufTokenizerFactory().create(GgufMetadata.read(TestModels.smollm2()));
  private static final Tokenizer GEMMA3 =
      new GgufTokenizerFactory().create(GgufMetadata.read(TestModels.gemma3()));

  private RealTokenizers() {}

  static Tokenizer smollm2() {
    return SMOLLM2;
  }

  static Tokenizer gemma3() {
    return GEMMA3;
  }
}
