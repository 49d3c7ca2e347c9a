package io.quire.model.llama;

import static io.quire.model.llama.LlamaShape.positive;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.RopeSpec.Scaling;
import java.util.List;

/** Reads the numbers from GGUF metadata. */
final class GgufShape {
  private static final String ROPE_DIVISORS = "rope_freqs.weight";

  private GgufShape() {}

  static LlamaShape read(ModelConfig config) {
    if (config.integer("llama.expert_count", 0) > 0) {
      throw new ModelFormatException(
          "the model is a mixture of "
              + config.integer("llama.expert_count")
              + " experts; the llama family describes dense models only");
    }
    int hidden = positive(config, "llama.embedding_length");
    int heads = positive(config, "llama.attention.head_count");
    int headDim = headDim(config, hidden, heads);
    return new LlamaShape(
        positive(config, "llama.block_count"),
        hidden,
        positive(config, "llama.feed_forward_length"),
        vocabulary(config),
        positive(config, "llama.context_length"),
        (float) config.number("llama.attention.layer_norm_rms_epsilon", 1e-5),
        false,
        LlamaShape.attention(
            heads,
            config.integer("llama.attention.head_count_kv", heads),
            headDim,
            config.integer("llama.attention.sliding_window", 0)),
        new RopeSpec(
            // The converter reorders the rows of q and k so that pairs are neighbours.
            RopeSpec.Style.INTERLEAVED,
            config.integer("llama.rope.dimension_count", headDim),
            config.number("llama.rope.freq_base", 10_000),
            scaling(config)));
  }

  private static int headDim(ModelConfig config, int hidden, int heads) {
    String key = "llama.attention.key_length";
    int headDim =
        config.find(key, Long.class).isPresent()
            ? positive(config, key)
            : LlamaShape.evenShare(hidden, heads);
    int valueDim = config.integer("llama.attention.value_length", headDim);
    if (valueDim != headDim) {
      throw new ModelFormatException(
          "keys of " + headDim + " and values of " + valueDim + " elements: sizes must be equal");
    }
    return headDim;
  }

  private static int vocabulary(ModelConfig config) {
    return config
        .find("tokenizer.ggml.tokens", List.class)
        .map(tokens -> positive("tokenizer.ggml.tokens", tokens.size()))
        .orElseGet(() -> positive(config, "llama.vocab_size"));
  }

  private static Scaling scaling(ModelConfig config) {
    String type = config.find("llama.rope.scaling.type", String.class).orElse("none");
    double factor =
        config.number("llama.rope.scaling.factor", config.number("llama.rope.scale_linear", 1));
    boolean divisors = config.tensors().contains(ROPE_DIVISORS);
    boolean linear =
        type.equals("linear") || config.values().containsKey("llama.rope.scale_linear");
    if (!linear && !type.equals("none")) {
      throw new ModelFormatException(
          "metadata llama.rope.scaling.type is '"
              + type
              + "'; the llama family knows none and linear");
    }
    if (!linear || factor == 1) {
      return divisors ? new RopeSpec.Divisors(ROPE_DIVISORS) : new RopeSpec.Unscaled();
    }
    if (divisors || factor < 1) {
      throw new ModelFormatException(
          "linear rope scaling by "
              + factor
              + (divisors ? " together with " + ROPE_DIVISORS : "")
              + ": the factor must be at least 1, and the only scaling");
    }
    return new RopeSpec.Linear(factor);
  }
}
