package io.quire.tools.shape;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shapes of a real model, by operation: those of Llama 3 8B (width 4096, 32 query and 8 KV heads of
 * 128, feed-forward 14336, vocabulary 128256), with pages of 16 tokens.
 */
public final class ModelShapes {
  private static final int WIDTH = 4096;
  private static final int FEED_FORWARD = 14336;
  private static final int VOCAB = 128256;
  private static final int SKINNY_ROWS = 16;

  private ModelShapes() {}

  /**
   * The shapes of an operation.
   *
   * @param op the operation
   * @param dtype what the registry is asked for
   * @return compile-time numbers, {@code ELEM_FP16} among them; none if the operation is unknown
   */
  public static List<Map<String, Integer>> of(String op, String dtype) {
    List<Map<String, Integer>> shapes = new ArrayList<>();
    for (Map<String, Integer> numbers : numbers(op, dtype)) {
      Map<String, Integer> shape = new LinkedHashMap<>();
      shape.put("ELEM_FP16", dtype.equals("f16") ? 1 : 0);
      shape.putAll(numbers);
      shapes.add(shape);
    }
    return shapes;
  }

  private static List<Map<String, Integer>> numbers(String op, String dtype) {
    return switch (op) {
      case "tokens.resolve", "table.update" -> List.of(Map.of());
      case "embed" -> List.of(Map.of("WIDTH", WIDTH, "VOCAB", VOCAB));
      case "norm.rms" ->
          List.of(Map.of("WIDTH", WIDTH, "HAS_ADD", 0), Map.of("WIDTH", WIDTH, "HAS_ADD", 1));
      case "rope.cache" ->
          List.of(
              Map.of(
                  "HEADS",
                  32,
                  "KV_HEADS",
                  8,
                  "HEAD_DIM",
                  128,
                  "ROTARY",
                  128,
                  "NEOX",
                  1,
                  "PAGE",
                  16));
      case "attention.prefill", "attention.decode" -> List.of(attention());
      case "linear.tile" -> List.of(linear(0, 0), linear(1, 0));
      case "linear.skinny" -> List.of(skinny(1), skinny(SKINNY_ROWS));
      case "linear.gated" ->
          List.of(Map.of("N", FEED_FORWARD, "K", WIDTH, "FUNCTION", 0, "ROWS", 1));
      case "activation.gated", "activation" ->
          List.of(Map.of("WIDTH", FEED_FORWARD, "FUNCTION", 0));
      case "add", "mul", "scale", "bias", "rows.take" -> List.of(Map.of("WIDTH", WIDTH));
      case "softcap" -> List.of(Map.of("WIDTH", VOCAB, "VALUE_F32", dtype.equals("f32") ? 1 : 0));
      case "sample.assign" -> List.of(Map.of("VOCAB", VOCAB));
      case "sample" ->
          List.of(Map.of("VOCAB", VOCAB, "MAX_LOGPROBS", 20, "MAX_ENDS", 16, "MAX_BIAS", 300));
      default -> List.of();
    };
  }

  private static Map<String, Integer> attention() {
    return Map.of(
        "HEAD_DIM", 128, "KV_HEADS", 8, "GQA", 4, "PAGE", 16, "USE_WINDOW", 0, "USE_SOFTCAP", 0);
  }

  private static Map<String, Integer> linear(int residual, int single) {
    return Map.of(
        "N",
        WIDTH,
        "K",
        residual == 1 ? FEED_FORWARD : WIDTH,
        "HAS_BIAS",
        0,
        "HAS_RESIDUAL",
        residual,
        "OUT_F32",
        single);
  }

  private static Map<String, Integer> skinny(int rows) {
    Map<String, Integer> shape = new LinkedHashMap<>(linear(1, 0));
    shape.put("ROWS", rows);
    return shape;
  }
}
