package io.quire.model.llama;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelConfig.Naming;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.RopeSpec.Scaling;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads rotary embeddings from {@code config.json}: {@code rope_theta} beside {@code rope_scaling},
 * whose type is under {@code rope_type} or, in older files, {@code type}; or all of it in {@code
 * rope_parameters}, in newer ones.
 */
final class HuggingFaceRope {
  private HuggingFaceRope() {}

  static RopeSpec read(ModelConfig config, int headDim) {
    ModelConfig nested = nested(config);
    double base = nested.number("rope_theta", config.number("rope_theta", 10_000));
    return new RopeSpec(RopeSpec.Style.HALVES, headDim, base, scaling(nested, config));
  }

  private static ModelConfig nested(ModelConfig config) {
    Map<String, Object> members = new HashMap<>();
    for (String key : new String[] {"rope_scaling", "rope_parameters"}) {
      config.find(key, Map.class).ifPresent(map -> put(map, members));
    }
    return new ModelConfig(Naming.HUGGING_FACE, config.architecture(), members, Set.of());
  }

  private static void put(Map<?, ?> from, Map<String, Object> to) {
    from.forEach((key, value) -> to.put(String.valueOf(key), value));
  }

  private static Scaling scaling(ModelConfig rope, ModelConfig config) {
    String type =
        rope.find("rope_type", String.class)
            .or(() -> rope.find("type", String.class))
            .orElse("default");
    return switch (type) {
      case "default", "none" -> new RopeSpec.Unscaled();
      case "linear" -> new RopeSpec.Linear(atLeastOne("factor", required(rope, "factor")));
      case "llama3" -> llama3(rope, config);
      default ->
          throw new ModelFormatException(
              "rope_scaling has type '"
                  + type
                  + "'; the llama family knows default, linear and llama3");
    };
  }

  private static Scaling llama3(ModelConfig rope, ModelConfig config) {
    double low = required(rope, "low_freq_factor");
    double high = required(rope, "high_freq_factor");
    if (!(low > 0 && high > low)) {
      throw new ModelFormatException(
          "rope_scaling has low_freq_factor "
              + low
              + " and high_freq_factor "
              + high
              + "; they must be above 0 and rise");
    }
    String original = "original_max_position_embeddings";
    int context =
        rope.values().containsKey(original) ? rope.integer(original) : config.integer(original);
    return new RopeSpec.Llama3(
        atLeastOne("factor", required(rope, "factor")),
        low,
        high,
        LlamaShape.positive(original, context));
  }

  private static double required(ModelConfig rope, String key) {
    double value = rope.number(key, Double.NaN);
    if (Double.isNaN(value)) {
      throw new ModelFormatException("rope_scaling has no " + key + ", which its type needs");
    }
    return value;
  }

  private static double atLeastOne(String key, double value) {
    if (value < 1) {
      throw new ModelFormatException(
          "rope_scaling has " + key + " " + value + "; it must be at least 1");
    }
    return value;
  }
}
