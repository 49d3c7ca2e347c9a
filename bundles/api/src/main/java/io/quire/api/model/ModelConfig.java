package io.quire.api.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a model file says of its architecture: metadata under the names its format uses, and the
 * names of its tensors.
 *
 * <p>Values are plain: {@link String}, {@link Boolean}, {@link Long}, {@link Double}, {@link List}
 * and {@link Map} of these.
 *
 * @param naming whose names the metadata and tensors have
 * @param architecture the architecture's name in that naming, such as {@code llama} or {@code
 *     LlamaForCausalLM}
 * @param values metadata: GGUF keys such as {@code llama.block_count}, or the members of {@code
 *     config.json}
 * @param tensors names of the tensors in the file
 */
public record ModelConfig(
    Naming naming, String architecture, Map<String, Object> values, Set<String> tensors) {
  /** Where names come from. */
  public enum Naming {
    /** Keys {@code ARCH.block_count}, tensors {@code blk.0.attn_q.weight}. */
    GGUF,
    /** Keys {@code num_hidden_layers}, tensors {@code model.layers.0.self_attn.q_proj.weight}. */
    HUGGING_FACE
  }

  /** Copies the collections. */
  public ModelConfig {
    values = Map.copyOf(values);
    tensors = Set.copyOf(tensors);
  }

  /**
   * A whole number.
   *
   * @param key the metadata key
   * @return its value
   * @throws ModelFormatException if it is missing, not a whole number, or outside the range of an
   *     {@code int}
   */
  public int integer(String key) {
    return find(key, Long.class).map(v -> toInt(key, v)).orElseThrow(() -> missing(key));
  }

  /**
   * A whole number that may be missing.
   *
   * @param key the metadata key
   * @param otherwise the value if the key is missing
   * @return its value
   * @throws ModelFormatException if it is there and not a whole number in the range of an {@code
   *     int}
   */
  public int integer(String key, int otherwise) {
    return find(key, Long.class).map(v -> toInt(key, v)).orElse(otherwise);
  }

  /**
   * A number that may be missing.
   *
   * @param key the metadata key
   * @param otherwise the value if the key is missing
   * @return its value
   * @throws ModelFormatException if it is there and not a finite number
   */
  public double number(String key, double otherwise) {
    Object value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Number n && Double.isFinite(n.doubleValue())) {
      return n.doubleValue();
    }
    throw wrongType(key, value, "a finite number");
  }

  /**
   * A truth value that may be missing.
   *
   * @param key the metadata key
   * @param otherwise the value if the key is missing
   * @return its value
   * @throws ModelFormatException if it is there and not a truth value
   */
  public boolean flag(String key, boolean otherwise) {
    return find(key, Boolean.class).orElse(otherwise);
  }

  /**
   * A value of a given type.
   *
   * @param <T> the type
   * @param key the metadata key
   * @param type one of the plain types
   * @return the value, or empty if the key is missing
   * @throws ModelFormatException if it is there with another type
   */
  public <T> Optional<T> find(String key, Class<T> type) {
    Object value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!type.isInstance(value)) {
      throw wrongType(key, value, "a " + type.getSimpleName());
    }
    return Optional.of(type.cast(value));
  }

  private static int toInt(String key, long value) {
    if (value != (int) value) {
      throw new ModelFormatException(
          "metadata " + key + " = " + value + " does not fit a 32-bit number");
    }
    return (int) value;
  }

  private static ModelFormatException missing(String key) {
    return new ModelFormatException(
        "metadata " + key + " is missing; the model cannot be described without it");
  }

  private static ModelFormatException wrongType(String key, Object value, String wanted) {
    return new ModelFormatException(
        "metadata " + key + " is a " + value.getClass().getSimpleName() + ", not " + wanted);
  }
}
