package io.quire.model.gemma;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.RopeSpec;
import io.quire.model.gemma.GemmaShape.Layer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reads the numbers from GGUF metadata. What it leaves out is the same in every Gemma 3 but the
 * largest: the period of the layers, the rotary base of those with a window, the query scale.
 */
final class GgufShape {
  /** Only Gemma 3 27B has as many layers; its query scale is another one. */
  private static final int LAYERS_OF_27B = 62;

  private final ModelConfig config;

  private GgufShape(ModelConfig config) {
    this.config = config;
  }

  static GemmaShape read(ModelConfig config) {
    return new GgufShape(config).shape();
  }

  private GemmaShape shape() {
    return new GemmaShape(
        positive("embedding_length"),
        positive("feed_forward_length"),
        vocabulary(),
        positive("context_length"),
        (float) config.number(key("attention.layer_norm_rms_epsilon"), 1e-6),
        // The converter has added the 1 to the weights.
        0,
        (float) config.number(key("final_logit_softcapping"), 0),
        false,
        layers());
  }

  private List<Layer> layers() {
    int count = GemmaShape.layers(config, key("block_count"));
    int headDim = headDim();
    Layer whole =
        new Layer(
            attention(count, headDim, 0),
            rope(headDim, "rope.freq_base", GemmaShape.FULL_BASE, scaling()));
    Layer local =
        new Layer(
            attention(count, headDim, positive("attention.sliding_window")),
            rope(headDim, "rope.freq_base_swa", GemmaShape.LOCAL_BASE, new RopeSpec.Unscaled()));
    int period =
        GemmaShape.positive(
            key("attention.sliding_window_pattern"),
            config.integer(key("attention.sliding_window_pattern"), GemmaShape.PERIOD));
    return IntStream.rangeClosed(1, count).mapToObj(n -> n % period == 0 ? whole : local).toList();
  }

  private AttentionSpec attention(int layers, int headDim, int window) {
    int heads = positive("attention.head_count");
    return GemmaShape.attention(
        heads,
        config.integer(key("attention.head_count_kv"), heads),
        headDim,
        layers == LAYERS_OF_27B ? (double) positive("embedding_length") / heads : headDim,
        window,
        config.number(key("attn_logit_softcapping"), 0));
  }

  private RopeSpec rope(int headDim, String base, double otherwise, RopeSpec.Scaling scaling) {
    return new RopeSpec(
        RopeSpec.Style.HALVES, headDim, config.number(key(base), otherwise), scaling);
  }

  private RopeSpec.Scaling scaling() {
    String type = config.find(key("rope.scaling.type"), String.class).orElse("none");
    return switch (type) {
      case "none" -> new RopeSpec.Unscaled();
      case "linear" -> GemmaShape.linear(config.number(key("rope.scaling.factor"), 1));
      default ->
          throw new ModelFormatException(
              "metadata gemma3.rope.scaling.type is '"
                  + type
                  + "'; the gemma3 family knows none and linear");
    };
  }

  private int headDim() {
    int headDim = positive("attention.key_length");
    int valueDim = config.integer(key("attention.value_length"), headDim);
    if (valueDim != headDim) {
      throw new ModelFormatException(
          "keys of " + headDim + " and values of " + valueDim + " elements: sizes must be equal");
    }
    return headDim;
  }

  private int vocabulary() {
    return config
        .find("tokenizer.ggml.tokens", List.class)
        .map(tokens -> GemmaShape.positive("tokenizer.ggml.tokens", tokens.size()))
        .orElseGet(() -> positive("vocab_size"));
  }

  private int positive(String name) {
    return GemmaShape.positive(key(name), config.integer(key(name)));
  }

  private static String key(String name) {
    return "gemma3." + name;
  }
}
