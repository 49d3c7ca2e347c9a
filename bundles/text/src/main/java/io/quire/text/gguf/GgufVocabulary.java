package io.quire.text.gguf;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import java.util.List;
import java.util.Optional;

/**
 * Tokens as a GGUF file lists them, checked.
 *
 * @param config the metadata they are from
 * @param tokens text of each token
 * @param types type of each token
 */
record GgufVocabulary(ModelConfig config, List<String> tokens, byte[] types) {
  static final int NORMAL = 1;
  static final int UNKNOWN = 2;
  static final int CONTROL = 3;
  static final int USER_DEFINED = 4;
  static final int UNUSED = 5;
  static final int BYTE = 6;

  private static final String PREFIX = "tokenizer.ggml.";
  private static final int MAX_TOKENS = 1 << 24;

  /** Reads the tokens and their types. */
  static GgufVocabulary read(ModelConfig config) {
    List<?> tokens = list(config, "tokens").orElseThrow(() -> missing("tokens"));
    if (tokens.isEmpty() || tokens.size() > MAX_TOKENS) {
      throw new ModelFormatException(
          PREFIX
              + "tokens has "
              + tokens.size()
              + " entries; 1 to "
              + MAX_TOKENS
              + " are possible");
    }
    byte[] types = new byte[tokens.size()];
    Optional<List<?>> given = list(config, "token_type");
    given.ifPresent(values -> checkSize("token_type", values, tokens.size()));
    for (int id = 0; id < types.length; id++) {
      types[id] = given.isEmpty() ? NORMAL : type(given.get().get(id), id);
    }
    return new GgufVocabulary(config, strings("tokens", tokens), types);
  }

  int size() {
    return tokens.size();
  }

  /** Whether a token is for control, never for text. */
  boolean isSpecial(int id) {
    return types[id] == CONTROL || types[id] == UNKNOWN;
  }

  /** A token id in the metadata, or -1; some converters write -1 without its sign for none. */
  int id(String key) {
    long id = config.find(PREFIX + key, Long.class).orElse(-1L);
    if (id == -1 || id == 0xFFFF_FFFFL) {
      return -1;
    }
    if (id < 0 || id >= size()) {
      throw new ModelFormatException(
          PREFIX + key + " = " + id + " is outside the vocabulary of " + size() + " tokens");
    }
    return (int) id;
  }

  boolean flag(String key, boolean otherwise) {
    return config.flag(PREFIX + key, otherwise);
  }

  /** The merges, each "left right". */
  List<String> merges() {
    List<?> merges = list(config, "merges").orElseThrow(() -> missing("merges"));
    return strings("merges", merges);
  }

  /** The score of each token. */
  float[] scores() {
    List<?> values = list(config, "scores").orElseThrow(() -> missing("scores"));
    checkSize("scores", values, size());
    float[] scores = new float[size()];
    for (int id = 0; id < scores.length; id++) {
      if (!(values.get(id) instanceof Number score) || Double.isNaN(score.doubleValue())) {
        throw new ModelFormatException(
            PREFIX + "scores[" + id + "] = " + values.get(id) + " is not a number");
      }
      scores[id] = score.floatValue();
    }
    return scores;
  }

  private static byte type(Object value, int id) {
    if (value instanceof Long type && type >= NORMAL && type <= BYTE) {
      return type.byteValue();
    }
    throw new ModelFormatException(
        PREFIX + "token_type[" + id + "] = " + value + " is unknown; types are 1 to 6");
  }

  private static Optional<List<?>> list(ModelConfig config, String key) {
    return config.find(PREFIX + key, List.class).map(values -> (List<?>) values);
  }

  private static void checkSize(String key, List<?> values, int wanted) {
    if (values.size() != wanted) {
      throw new ModelFormatException(
          PREFIX + key + " has " + values.size() + " entries, but there are " + wanted + " tokens");
    }
  }

  private static List<String> strings(String key, List<?> values) {
    for (int i = 0; i < values.size(); i++) {
      if (!(values.get(i) instanceof String)) {
        throw new ModelFormatException(
            PREFIX + key + "[" + i + "] is not a text, but " + values.get(i).getClass().getName());
      }
    }
    @SuppressWarnings("unchecked")
    List<String> strings = (List<String>) values;
    return strings;
  }

  private static ModelFormatException missing(String key) {
    return new ModelFormatException(
        "metadata " + PREFIX + key + " is missing; the file has no usable tokenizer");
  }
}
