package io.quire.formats.random;

import io.quire.api.model.DType;
import io.quire.api.model.ModelFormatException;
import io.quire.formats.Source;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a location such as {@code random:llama-1b?dtype=q8_0} asks for.
 *
 * @param shape the model's numbers
 * @param dtype of its matrices
 * @param seed of its weights
 */
record RandomModel(LlamaShape shape, DType dtype, long seed) {
  static final String SCHEME = "random:";

  /** Room for the 256 bytes and the token that ends a text. */
  static final int MIN_VOCABULARY = ByteTokenizer.END + 1;

  private static final int MAX_VOCABULARY = 1 << 20;
  private static final int MAX_LAYERS = 256;
  private static final int MAX_POSITIONS = 1 << 20;

  /** Llama 3.2 1B, Llama 3.1 8B; a common draft model's shape; and one for tests. */
  private static final Map<String, LlamaShape> SHAPES =
      new TreeMap<>(
          Map.of(
              "llama-1b", new LlamaShape(2048, 16, 32, 8, 64, 8192, 128_256, 131_072, true, 32),
              "llama-8b", new LlamaShape(4096, 32, 32, 8, 128, 14_336, 128_256, 131_072, false, 8),
              "llama-160m", new LlamaShape(768, 12, 12, 12, 64, 3072, 32_000, 2048, false, 0),
              "llama-tiny", new LlamaShape(64, 2, 4, 2, 16, 128, 512, 2048, false, 0)));

  private static final List<DType> DTYPES =
      List.of(DType.BF16, DType.F16, DType.F32, DType.Q8_0, DType.Q4_0);
  private static final Set<String> OPTIONS = Set.of("dtype", "layers", "seed", "vocab", "max");

  static RandomModel parse(String location) {
    return new Parser(location).parse();
  }

  /** The members that a {@code config.json} of this model would have. */
  Map<String, Object> configJson() {
    Map<String, Object> values = new HashMap<>();
    values.put("architectures", List.of("LlamaForCausalLM"));
    values.put("model_type", "llama");
    values.put("hidden_act", "silu");
    values.put("hidden_size", (long) shape.hidden());
    values.put("intermediate_size", (long) shape.intermediate());
    values.put("num_hidden_layers", (long) shape.layers());
    values.put("num_attention_heads", (long) shape.heads());
    values.put("num_key_value_heads", (long) shape.kvHeads());
    values.put("head_dim", (long) shape.headDim());
    values.put("vocab_size", (long) shape.vocabulary());
    values.put("max_position_embeddings", (long) shape.maxPositions());
    values.put("rms_norm_eps", 1e-5);
    values.put("rope_theta", shape.ropeFactor() > 0 ? 500_000.0 : 10_000.0);
    values.put("tie_word_embeddings", shape.tied());
    values.put("eos_token_id", (long) ByteTokenizer.END);
    if (shape.ropeFactor() > 0) {
      values.put(
          "rope_scaling",
          Map.of(
              "rope_type",
              "llama3",
              "factor",
              shape.ropeFactor(),
              "low_freq_factor",
              1.0,
              "high_freq_factor",
              4.0,
              "original_max_position_embeddings",
              8192L));
    }
    return values;
  }

  /** One location's text. */
  private record Parser(String location) {
    RandomModel parse() {
      String rest = location.substring(SCHEME.length());
      int mark = rest.indexOf('?');
      String name = mark < 0 ? rest : rest.substring(0, mark);
      LlamaShape shape = SHAPES.get(name);
      if (shape == null) {
        throw error("there is no shape " + Source.quote(name) + "; there are " + SHAPES.keySet());
      }
      Map<String, String> options = options(mark < 0 ? "" : rest.substring(mark + 1));
      shape =
          shape
              .withLayers((int) number(options, "layers", shape.layers(), 1, MAX_LAYERS))
              .withVocabulary(
                  (int)
                      number(options, "vocab", shape.vocabulary(), MIN_VOCABULARY, MAX_VOCABULARY))
              .withMaxPositions(
                  (int) number(options, "max", shape.maxPositions(), 16, MAX_POSITIONS));
      long seed = number(options, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
      return new RandomModel(shape, dtype(options.getOrDefault("dtype", "bf16")), seed);
    }

    private Map<String, String> options(String query) {
      Map<String, String> options = new HashMap<>();
      Set<String> seen = new HashSet<>();
      for (String option : query.isEmpty() ? new String[0] : query.split("&", -1)) {
        String[] pair = option.split("=", 2);
        if (pair.length < 2 || !OPTIONS.contains(pair[0]) || !seen.add(pair[0])) {
          throw error(
              "option "
                  + Source.quote(option)
                  + " is unknown or given twice; options are NAME=VALUE with "
                  + OPTIONS.stream().sorted().toList());
        }
        options.put(pair[0], pair[1]);
      }
      return options;
    }

    private long number(
        Map<String, String> options, String name, long otherwise, long least, long most) {
      String text = options.get(name);
      if (text == null) {
        return otherwise;
      }
      try {
        long value = Long.parseLong(text);
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException ignored) {
        // The message below covers texts and numbers out of range alike.
      }
      throw error(
          "option "
              + name
              + " is "
              + Source.quote(text)
              + "; it must be a whole number from "
              + least
              + " to "
              + most);
    }

    private DType dtype(String text) {
      return DTYPES.stream()
          .filter(d -> d.name().toLowerCase(Locale.ROOT).equals(text))
          .findFirst()
          .orElseThrow(() ->
              error(
                  "option dtype is "
                      + Source.quote(text)
                      + "; it is one of "
                      + DTYPES.toString().toLowerCase(Locale.ROOT)));
    }

    private ModelFormatException error(String message) {
      return new Source(Source.quote(location)).error(message);
    }
  }
}
