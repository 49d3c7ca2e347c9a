package io.quire.model.gemma;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.RopeSpec.Style;
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
    int heads = positive("attention.head_count");
    int headDim = headDim();
    int scalar = count == LAYERS_OF_27B ? positive("embedding_length") / heads : headDim;
    AttentionSpec full =
        new AttentionSpec(
            heads,
            config.integer(key("attention.head_count_kv"), heads),
            headDim,
            (float) (1 / Math.sqrt(scalar)),
            0,
            (float) config.number(key("attn_logit_softcapping"), 0));
    Layer whole =
        new Layer(
            full,
            new RopeSpec(
                Style.HALVES,
                headDim,
                config.number(key("rope.freq_base"), GemmaShape.FULL_BASE),
                scaling()));
    Layer local =
        new Layer(
            new AttentionSpec(
                heads,
                full.kvHeads(),
                headDim,
                full.scale(),
                positive("attention.sliding_window"),
                full.softcap()),
            new RopeSpec(
                Style.HALVES,
                headDim,
                config.number(key("rope.freq_base_swa"), GemmaShape.LOCAL_BASE),
                new RopeSpec.Unscaled()));
    int period =
        GemmaShape.positive(
            key("attention.sliding_window_pattern"),
            config.integer(key("attention.sliding_window_pattern"), GemmaShape.PERIOD));
    return IntStream.rangeClosed(1, count).mapToObj(n -> n % period == 0 ? whole : local).toList();
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
