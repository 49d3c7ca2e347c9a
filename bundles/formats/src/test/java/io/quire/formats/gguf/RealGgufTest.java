package io.quire.formats.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.model.DType;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.Tensor;
import io.quire.formats.Dequantiser;
import io.quire.testkit.TestModels;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sums were computed by the {@code gguf} package of Python 0.19, in double precision. */
class RealGgufTest {
  private final GgufFormat format = new GgufFormat();

  @Test
  void shouldOpenSmolLm2() {
    try (ModelFile model = open(TestModels.smollm2())) {
      assertEquals("llama", model.config().architecture());
      assertEquals(30, model.config().integer("llama.block_count"));
      assertEquals(100_000, model.config().number("llama.rope.freq_base", 0));
      assertFalse(model.config().flag("tokenizer.ggml.add_bos_token", true));
      assertEquals(List.of("en"), model.config().values().get("general.languages"));
      assertEquals(Map.of(DType.F32, 61, DType.Q8_0, 1, DType.Q4_1, 210), countByType(model));
      assertTensor(model, "token_embd.weight", List.of(49152L, 576L), -15353.04449415207, 520415.7);
      assertTensor(model, "blk.0.attn_norm.weight", List.of(576L), 0.6129436492919922, 0.91808352);
      assertTensor(
          model, "blk.0.ffn_down.weight", List.of(576L, 1536L), 150.63577270507812, 33220.12);
    }
  }

  @Test
  void shouldOpenGemma3() {
    try (ModelFile model = open(TestModels.gemma3())) {
      assertEquals("gemma3", model.config().architecture());
      List<?> tokens = model.config().find("tokenizer.ggml.tokens", List.class).orElseThrow();
      List<?> scores = model.config().find("tokenizer.ggml.scores", List.class).orElseThrow();
      List<?> types = model.config().find("tokenizer.ggml.token_type", List.class).orElseThrow();
      assertEquals(
          List.of(262144, 262144, 262144), List.of(tokens.size(), scores.size(), types.size()));
      assertEquals(List.of("<pad>", "<eos>", "<bos>", "<unk>"), tokens.subList(0, 4));
      assertEquals(3L, types.get(2));
      assertTrue(scores.get(262143) instanceof Double);
      assertEquals(
          Map.of(DType.F32, 109, DType.Q8_0, 10, DType.Q5_0, 81, DType.Q4_K, 27, DType.Q6_K, 9),
          countByType(model));
      assertTensor(model, "output_norm.weight", List.of(640L), 16861.6953125, 1871095.03);
      assertTensor(model, "blk.0.attn_k.weight", List.of(256L, 640L), 32.07246398925781, 256.2994);
      assertTensor(
          model, "blk.0.attn_output.weight", List.of(640L, 1024L), -1.8330761790275574, 930.29926);
      assertTensor(
          model, "blk.0.ffn_down.weight", List.of(640L, 2048L), 6.480193614959717, 610.70728);
    }
  }

  @Test
  void shouldNameSimilarTensorsWhenOneIsMissing() {
    try (ModelFile model = open(TestModels.smollm2())) {
      var error =
          assertThrows(
              ModelFormatException.class, () -> model.weights().tensor("blk.7.attn_query.weight"));
      assertTrue(error.getMessage().contains("'blk.7.attn_q.weight'"), error.getMessage());
    }
  }

  @Test
  void shouldUnmapOnceWhenClosedTwice() {
    ModelFile model = open(TestModels.smollm2());
    Tensor norm = model.weights().tensor("output_norm.weight");
    assertTrue(norm.data().isReadOnly());
    model.close();
    model.close();
    assertThrows(IllegalStateException.class, () -> norm.data().get(ValueLayout.JAVA_BYTE, 0));
  }

  private ModelFile open(Path file) {
    assertTrue(format.accepts(file.toString()));
    ModelFile model = format.open(file.toString());
    assertEquals(file.toString(), model.location());
    return model;
  }

  private static Map<DType, Integer> countByType(ModelFile model) {
    Map<DType, Integer> counts = new EnumMap<>(DType.class);
    long bytes = 0;
    for (String name : model.weights().names()) {
      Tensor tensor = model.weights().tensor(name);
      counts.merge(tensor.dtype(), 1, Integer::sum);
      bytes += tensor.data().byteSize();
    }
    assertEquals(bytes, model.bytes());
    assertEquals(model.config().tensors(), model.weights().names());
    return counts;
  }

  private static void assertTensor(
      ModelFile model, String name, List<Long> shape, double sum, double squares) {
    Tensor tensor = model.weights().tensor(name);
    assertEquals(shape, tensor.shape());
    double actualSum = 0;
    double actualSquares = 0;
    for (float value : Dequantiser.values(tensor)) {
      actualSum += value;
      actualSquares += (double) value * value;
    }
    assertEquals(sum, actualSum, 1e-9 * squares, name);
    assertEquals(squares, actualSquares, 1e-6 * squares, name);
  }
}
