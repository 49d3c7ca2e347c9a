package io.quire.model.llama;

import static io.quire.model.llama.LlamaShape.positive;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;

/** Reads the numbers from {@code config.json}. */
final class HuggingFaceShape {
  private HuggingFaceShape() {}

  static LlamaShape read(ModelConfig config) {
    String activation = config.find("hidden_act", String.class).orElse("silu");
    if (!activation.equals("silu")) {
      throw new ModelFormatException(
          "hidden_act is '" + activation + "'; the llama family knows silu");
    }
    int hidden = positive(config, "hidden_size");
    int heads = positive(config, "num_attention_heads");
    int headDim =
        config.values().containsKey("head_dim")
            ? positive(config, "head_dim")
            : LlamaShape.evenShare(hidden, heads);
    boolean sliding = config.architecture().equals("MistralForCausalLM");
    return new LlamaShape(
        positive(config, "num_hidden_layers"),
        hidden,
        positive(config, "intermediate_size"),
        positive(config, "vocab_size"),
        positive(config, "max_position_embeddings"),
        (float) config.number("rms_norm_eps", 1e-6),
        config.flag("tie_word_embeddings", false),
        LlamaShape.attention(
            heads,
            config.integer("num_key_value_heads", heads),
            headDim,
            sliding ? config.integer("sliding_window", 0) : 0),
        HuggingFaceRope.read(config, headDim));
  }
}
