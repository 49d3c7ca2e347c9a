package io.quire.tools.shape;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shapes of real models, by operation, with pages of 16 tokens: what these models' configurations
 * say.
 */
public final class ModelShapes {
  /** Llama 3 8B. */
  public static final String LLAMA_8B = "llama-3-8b";

  private static final Map<String, Dimensions> MODELS =
      Map.of(
          LLAMA_8B,
          new Dimensions(4096, 14_336, 128_256, 32, 8, 128),
          "llama-3-1b",
          new Dimensions(2048, 8192, 128_256, 32, 8, 64),
          "smollm2-135m",
          new Dimensions(576, 1536, 49_152, 9, 3, 64));

  private static final int PAGE = 16;
  private static final List<Integer> DECODE_ROWS = List.of(32, 256);
  private static final List<Integer> SKINNY_ROWS = List.of(1, 16, 64, 256, 1024);

  private ModelShapes() {}

  /** The numbers of a model. */
  private record Dimensions(
      int width, int feedForward, int vocab, int heads, int kvHeads, int headDim) {}

  /** {@return the models' names} */
  public static List<String> names() {
    return MODELS.keySet().stream().sorted().toList();
  }

  /**
   * The shapes of an operation.
   *
   * @param model one of {@link #names()}
   * @param op the operation
   * @param dtype what the registry is asked for
   * @return compile-time numbers, {@code ELEM_FP16} among them; none if the operation is unknown
   */
  public static List<Map<String, Integer>> of(String model, String op, String dtype) {
    List<Map<String, Integer>> shapes = new ArrayList<>();
    for (Map<String, Integer> numbers : numbers(MODELS.get(model), op, dtype)) {
      Map<String, Integer> shape = new LinkedHashMap<>();
      shape.put("ELEM_FP16", dtype.equals("f16") ? 1 : 0);
      shape.putAll(numbers);
      shapes.add(shape);
    }
    return shapes;
  }

  private static List<Map<String, Integer>> numbers(Dimensions model, String op, String dtype) {
    int width = model.width();
    int vocab = model.vocab();
    return switch (op) {
      case "tokens.resolve", "table.update" -> List.of(Map.of());
      case "embed" -> List.of(Map.of("WIDTH", width, "VOCAB", vocab));
      case "norm.rms" ->
          List.of(Map.of("WIDTH", width, "HAS_ADD", 0), Map.of("WIDTH", width, "HAS_ADD", 1));
      case "rope.cache" -> List.of(rope(model));
      case "attention.prefill" -> List.of(attention(model));
      case "attention.decode" -> DECODE_ROWS.stream().map(rows -> decode(model, rows)).toList();
      case "linear.tile" -> List.of(linear(model, false), linear(model, true));
      case "linear.skinny" -> SKINNY_ROWS.stream().map(rows -> skinny(model, rows)).toList();
      case "linear.gated" -> SKINNY_ROWS.stream().map(rows -> gated(model, rows)).toList();
      case "linear.triple" -> SKINNY_ROWS.stream().map(rows -> triple(model, rows)).toList();
      case "activation.gated", "activation" ->
          List.of(Map.of("WIDTH", model.feedForward(), "FUNCTION", 0));
      case "add", "mul", "scale", "bias", "rows.take" -> List.of(Map.of("WIDTH", width));
      case "softcap" -> List.of(Map.of("WIDTH", vocab, "VALUE_F32", dtype.equals("f32") ? 1 : 0));
      case "sample.assign" -> List.of(Map.of("VOCAB", vocab));
      case "sample" ->
          List.of(Map.of("VOCAB", vocab, "MAX_LOGPROBS", 20, "MAX_ENDS", 16, "MAX_BIAS", 300));
      default -> List.of();
    };
  }

  private static Map<String, Integer> rope(Dimensions model) {
    Map<String, Integer> shape = new LinkedHashMap<>();
    shape.put("HEADS", model.heads());
    shape.put("KV_HEADS", model.kvHeads());
    shape.put("HEAD_DIM", model.headDim());
    shape.put("ROTARY", model.headDim());
    shape.put("NEOX", 1);
    shape.put("PAGE", PAGE);
    return shape;
  }

  private static Map<String, Integer> attention(Dimensions model) {
    Map<String, Integer> shape = new LinkedHashMap<>();
    shape.put("HEAD_DIM", model.headDim());
    shape.put("KV_HEADS", model.kvHeads());
    shape.put("GQA", model.heads() / model.kvHeads());
    shape.put("PAGE", PAGE);
    shape.put("USE_WINDOW", 0);
    shape.put("USE_SOFTCAP", 0);
    return shape;
  }

  private static Map<String, Integer> decode(Dimensions model, int rows) {
    Map<String, Integer> shape = attention(model);
    shape.put("ROWS", rows);
    return shape;
  }

  /** A product of width by width, or the one back from the feed-forward part with a residual. */
  private static Map<String, Integer> linear(Dimensions model, boolean back) {
    Map<String, Integer> shape = new LinkedHashMap<>();
    shape.put("N", model.width());
    shape.put("K", back ? model.feedForward() : model.width());
    shape.put("HAS_BIAS", 0);
    shape.put("HAS_RESIDUAL", back ? 1 : 0);
    shape.put("OUT_F32", 0);
    return shape;
  }

  private static Map<String, Integer> skinny(Dimensions model, int rows) {
    Map<String, Integer> shape = linear(model, true);
    shape.put("ROWS", rows);
    return shape;
  }

  private static Map<String, Integer> gated(Dimensions model, int rows) {
    return Map.of("N", model.feedForward(), "K", model.width(), "FUNCTION", 0, "ROWS", rows);
  }

  private static Map<String, Integer> triple(Dimensions model, int rows) {
    int keys = model.kvHeads() * model.headDim();
    return Map.of(
        "N0",
        model.heads() * model.headDim(),
        "N1",
        keys,
        "N2",
        keys,
        "K",
        model.width(),
        "ROWS",
        rows);
  }
}
