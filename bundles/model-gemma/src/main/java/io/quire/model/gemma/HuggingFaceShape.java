package io.quire.model.gemma;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.RopeSpec.Style;
import io.quire.model.gemma.GemmaShape.Layer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Reads the numbers from {@code config.json}. Published files leave out what equals the library's
 * defaults, so those are here.
 */
final class HuggingFaceShape {
  private final ModelConfig config;

  private HuggingFaceShape(ModelConfig config) {
    this.config = config;
  }

  /** The configuration of the text part; the whole, where that is all there is. */
  static ModelConfig textPart(ModelConfig config) {
    return config.find("text_config", Map.class).map(text -> part(config, text)).orElse(config);
  }

  static GemmaShape read(ModelConfig config) {
    return new HuggingFaceShape(config).shape();
  }

  private static ModelConfig part(ModelConfig config, Map<?, ?> members) {
    Map<String, Object> values =
        members.entrySet().stream()
            .collect(Collectors.toMap(e -> String.valueOf(e.getKey()), Map.Entry::getValue));
    return new ModelConfig(config.naming(), config.architecture(), values, config.tensors());
  }

  private GemmaShape shape() {
    String activation = config.find("hidden_activation", String.class).orElse("gelu_pytorch_tanh");
    if (!activation.equals("gelu_pytorch_tanh")) {
      throw new ModelFormatException(
          "hidden_activation is '" + activation + "'; the gemma3 family knows gelu_pytorch_tanh");
    }
    if (config.flag("use_bidirectional_attention", false)) {
      throw new ModelFormatException(
          "use_bidirectional_attention is set: the model embeds texts, it does not continue them");
    }
    return new GemmaShape(
        positive("hidden_size", 2304),
        positive("intermediate_size", 9216),
        positive("vocab_size", 262_208),
        positive("max_position_embeddings", 131_072),
        (float) config.number("rms_norm_eps", 1e-6),
        1,
        (float) config.number("final_logit_softcapping", 0),
        config.flag("tie_word_embeddings", true),
        layers());
  }

  private List<Layer> layers() {
    int headDim = positive("head_dim", 256);
    Layer whole =
        new Layer(
            attention(headDim, 0),
            rope(headDim, "full_attention", "rope_theta", GemmaShape.FULL_BASE));
    Layer local =
        new Layer(
            attention(headDim, positive("sliding_window", 4096)),
            rope(headDim, "sliding_attention", "rope_local_base_freq", GemmaShape.LOCAL_BASE));
    int count = GemmaShape.layers(config, "num_hidden_layers");
    List<?> types = config.find("layer_types", List.class).orElse(List.of());
    if (types.isEmpty()) {
      int period = positive("sliding_window_pattern", GemmaShape.PERIOD);
      return IntStream.rangeClosed(1, count)
          .mapToObj(n -> n % period == 0 ? whole : local)
          .toList();
    }
    if (types.size() != count) {
      throw new ModelFormatException(
          "layer_types has " + types.size() + " entries for " + count + " layers");
    }
    return types.stream().map(type -> byType(type, whole, local)).toList();
  }

  private static Layer byType(Object type, Layer whole, Layer local) {
    if (type.equals("full_attention")) {
      return whole;
    }
    if (type.equals("sliding_attention")) {
      return local;
    }
    throw new ModelFormatException(
        "layer_types has '" + type + "'; the gemma3 family knows full_ and sliding_attention");
  }

  private AttentionSpec attention(int headDim, int window) {
    double scalar = config.number("query_pre_attn_scalar", 256);
    if (!(scalar > 0)) {
      throw new ModelFormatException("query_pre_attn_scalar is " + scalar + ", not above 0");
    }
    return GemmaShape.attention(
        positive("num_attention_heads", 8),
        positive("num_key_value_heads", 4),
        headDim,
        scalar,
        window,
        config.number("attn_logit_softcapping", 0));
  }

  /**
   * Newer files have {@code rope_parameters} by kind of layer; older ones a base for each kind, and
   * {@code rope_scaling} for layers that see everything.
   */
  private RopeSpec rope(int headDim, String kind, String baseKey, double otherwise) {
    ModelConfig parameters =
        nested("rope_parameters")
            .flatMap(all -> all.find(kind, Map.class).map(one -> part(all, one)))
            .or(() -> kind.equals("full_attention") ? nested("rope_scaling") : Optional.empty())
            .orElse(part(config, Map.of()));
    double base = parameters.number("rope_theta", config.number(baseKey, otherwise));
    String type =
        parameters
            .find("rope_type", String.class)
            .or(() -> parameters.find("type", String.class))
            .orElse("default");
    return switch (type) {
      case "default", "none" -> new RopeSpec(Style.HALVES, headDim, base, new RopeSpec.Unscaled());
      case "linear" ->
          new RopeSpec(
              Style.HALVES, headDim, base, GemmaShape.linear(parameters.number("factor", 1)));
      default ->
          throw new ModelFormatException(
              "rope scaling of "
                  + kind
                  + " has type '"
                  + type
                  + "'; the gemma3 family knows default and linear");
    };
  }

  private Optional<ModelConfig> nested(String key) {
    return config.find(key, Map.class).map(members -> part(config, members));
  }

  private int positive(String key, int otherwise) {
    return GemmaShape.positive(key, config.integer(key, otherwise));
  }
}
