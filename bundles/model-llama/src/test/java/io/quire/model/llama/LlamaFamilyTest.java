package io.quire.model.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelConfig.Naming;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Value.Rows;
import io.quire.formats.gguf.GgufFormat;
import io.quire.formats.random.RandomFormat;
import io.quire.testkit.TestModels;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaFamilyTest {
  private final LlamaFamily family = new LlamaFamily();

  @Test
  void shouldDescribeSmolLm2AndUseAllItsWeights() {
    try (ModelFile model = new GgufFormat().open(TestModels.smollm2().toString())) {
      assertTrue(family.supports(model.config()));
      ModelGraph graph = family.graph(model.config());
      assertEquals(model.weights().names(), Shapes.check(graph, model.weights()));
      assertEquals(30, graph.attention().size());
      assertEquals(new AttentionSpec(9, 3, 64, 0.125f, 0, 0), graph.attention().getLast());
      assertEquals(
          new RopeSpec(RopeSpec.Style.INTERLEAVED, 64, 100_000, new RopeSpec.Unscaled()),
          ropes(graph).getFirst());
      assertEquals(49152, graph.vocabularySize());
      assertEquals(8192, graph.maxPositions());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-tiny", "llama-160m?layers=1&vocab=300", "llama-1b?layers=1&vocab=300"})
  void shouldDescribeRandomModelsAndUseAllTheirWeights(String shape) {
    try (ModelFile model = new RandomFormat().open("random:" + shape)) {
      assertTrue(family.supports(model.config()));
      ModelGraph graph = family.graph(model.config());
      assertEquals(model.weights().names(), Shapes.check(graph, model.weights()));
    }
  }

  @Test
  void shouldOrderTheOpsOfALayer() {
    List<Op> ops = family.graph(huggingFace(Map.of())).ops();
    assertEquals(
        List.of(
            "Embed",
            "RmsNorm",
            "Linear",
            "Linear",
            "Linear",
            "Rope",
            "Rope",
            "Attention",
            "Linear",
            "Add",
            "RmsNorm",
            "Linear",
            "Linear",
            "GatedActivation",
            "Linear",
            "Add",
            "TakeRows",
            "RmsNorm",
            "Linear"),
        ops.stream().map(op -> op.getClass().getSimpleName()).toList());
    assertEquals(Rows.LOGITS, ops.getLast().out().rows());
  }

  @Test
  void shouldUseTheTokenTableWhereTheOutputIsTied() {
    assertEquals("lm_head.weight", output(huggingFace(Map.of())));
    String table = "model.embed_tokens.weight";
    assertEquals(table, output(huggingFace(Map.of("tie_word_embeddings", true))));
    assertEquals(table, output(without(huggingFace(Map.of()), "lm_head.weight")));
  }

  @Test
  void shouldAddTheBiasesThatTheModelHas() {
    ModelConfig plain = huggingFace(Map.of());
    ModelConfig biased = with(plain, "model.layers.0.self_attn.q_proj.bias");
    assertEquals(0, count(plain, Op.AddBias.class));
    assertEquals(1, count(biased, Op.AddBias.class));
  }

  @Test
  void shouldSlideTheWindowInMistralOnly() {
    ModelConfig llama = huggingFace(Map.of("sliding_window", 4096L));
    assertEquals(0, family.graph(llama).attention().getFirst().window());
    ModelConfig mistral =
        new ModelConfig(Naming.HUGGING_FACE, "MistralForCausalLM", llama.values(), llama.tensors());
    assertTrue(family.supports(mistral));
    assertEquals(4096, family.graph(mistral).attention().getFirst().window());
  }

  @Test
  void shouldReadAnExplicitHeadSize() {
    AttentionSpec spec = family.graph(huggingFace(Map.of("head_dim", 32L))).attention().getFirst();
    assertEquals(new AttentionSpec(4, 2, 32, (float) (1 / Math.sqrt(32)), 0, 0), spec);
  }

  @Test
  void shouldReadEveryFormOfRopeScaling() {
    assertRope(new RopeSpec.Unscaled(), 10_000, Map.of());
    assertRope(new RopeSpec.Unscaled(), 5e5, Map.of("rope_theta", 5e5));
    assertRope(
        new RopeSpec.Linear(4),
        1e4,
        Map.of("rope_scaling", Map.of("type", "linear", "factor", 4.0)));
    Map<String, Object> llama3 =
        Map.of(
            "rope_type",
            "llama3",
            "factor",
            32.0,
            "low_freq_factor",
            1.0,
            "high_freq_factor",
            4.0,
            "original_max_position_embeddings",
            8192L,
            "rope_theta",
            5e5);
    RopeSpec.Scaling wanted = new RopeSpec.Llama3(32, 1, 4, 8192);
    assertRope(wanted, 5e5, Map.of("rope_scaling", llama3));
    assertRope(wanted, 5e5, Map.of("rope_parameters", llama3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"yarn", "dynamic", "longrope", ""})
  void shouldNameTheRopeScalingThatItDoesNotKnow(String type) {
    ModelConfig config =
        huggingFace(Map.of("rope_scaling", Map.of("rope_type", type, "factor", 2.0)));
    assertRefused(config, "type '" + type + "'");
  }

  @Test
  void shouldReadRopeDivisorsFromGguf() {
    ModelConfig config = with(gguf(Map.of()), "rope_freqs.weight");
    assertEquals(
        new RopeSpec.Divisors("rope_freqs.weight"),
        ropes(family.graph(config)).getFirst().scaling());
    assertEquals(
        new RopeSpec.Linear(2),
        ropes(
                family.graph(
                    gguf(
                        Map.of(
                            "llama.rope.scaling.type",
                            "linear",
                            "llama.rope.scaling.factor",
                            2.0))))
            .getFirst()
            .scaling());
    assertRefused(gguf(Map.of("llama.rope.scaling.type", "yarn")), "'yarn'");
  }

  @Test
  void shouldRefuseWhatItCannotDescribe() {
    assertRefused(gguf(Map.of("llama.expert_count", 8L)), "8 experts");
    assertRefused(gguf(Map.of("llama.block_count", 2L)), "blk.1.attn_norm.weight");
    assertRefused(gguf(Map.of("llama.block_count", 0L)), "llama.block_count is 0");
    assertRefused(gguf(Map.of("llama.attention.head_count", 3L)), "no multiple of 3 heads");
    assertRefused(gguf(Map.of("llama.attention.head_count", -4L)), "is -4");
    assertRefused(gguf(Map.of("llama.attention.value_length", 8L)), "values of 8");
    assertRefused(gguf(Map.of("llama.embedding_length", "wide")), "not a Long");
    assertRefused(huggingFace(Map.of("hidden_act", "relu")), "'relu'");
    assertRefused(huggingFace(Map.of("hidden_size", 1L << 40)), "does not fit");
    assertFalse(
        family.supports(new ModelConfig(Naming.GGUF, "LlamaForCausalLM", Map.of(), Set.of())));
    assertFalse(family.supports(new ModelConfig(Naming.HUGGING_FACE, "llama", Map.of(), Set.of())));
  }

  @Test
  void shouldRefuseHostileValuesWithItsOwnError() {
    List<Object> hostile =
        List.of(
            0L,
            -1L,
            1L,
            1L << 20,
            (long) Integer.MAX_VALUE,
            1L << 40,
            Long.MIN_VALUE,
            1e300,
            -1e300,
            Double.NaN,
            "x",
            true,
            List.of(),
            List.of(7L),
            Map.of(),
            Map.of("type", 7L));
    for (ModelConfig good : List.of(gguf(Map.of()), huggingFace(Map.of()))) {
      Set<String> keys = new HashSet<>(good.values().keySet());
      keys.addAll(
          Set.of(
              "llama.attention.key_length",
              "llama.rope.freq_base",
              "llama.rope.dimension_count",
              "llama.rope.scaling.factor",
              "tokenizer.ggml.tokens",
              "head_dim",
              "rope_theta",
              "rope_scaling",
              "rope_parameters",
              "rms_norm_eps"));
      for (String key : keys) {
        for (Object value : hostile) {
          for (String other : keys) {
            Map<String, Object> values = new HashMap<>(good.values());
            values.put(other, 1L << 20);
            values.put(key, value);
            describeOrRefuse(
                new ModelConfig(good.naming(), good.architecture(), values, good.tensors()));
          }
        }
      }
    }
  }

  private void describeOrRefuse(ModelConfig config) {
    try {
      assertFalse(family.graph(config).ops().isEmpty());
    } catch (ModelFormatException expected) {
      assertFalse(expected.getMessage().isBlank());
    }
  }

  private void assertRefused(ModelConfig config, String part) {
    var error = assertThrows(ModelFormatException.class, () -> family.graph(config));
    assertTrue(error.getMessage().contains(part), error.getMessage());
  }

  private void assertRope(RopeSpec.Scaling scaling, double base, Map<String, Object> values) {
    assertEquals(
        new RopeSpec(RopeSpec.Style.HALVES, 16, base, scaling),
        ropes(family.graph(huggingFace(values))).getFirst());
  }

  private static List<RopeSpec> ropes(ModelGraph graph) {
    return graph.ops().stream()
        .flatMap(op -> op instanceof Op.Rope rope ? Stream.of(rope.spec()) : Stream.empty())
        .toList();
  }

  private String output(ModelConfig config) {
    return ((Op.Linear) family.graph(config).ops().getLast()).weight();
  }

  private long count(ModelConfig config, Class<? extends Op> kind) {
    return family.graph(config).ops().stream().filter(kind::isInstance).count();
  }

  private static ModelConfig with(ModelConfig config, String tensor) {
    Set<String> tensors = new HashSet<>(config.tensors());
    tensors.add(tensor);
    return new ModelConfig(config.naming(), config.architecture(), config.values(), tensors);
  }

  private static ModelConfig without(ModelConfig config, String tensor) {
    Set<String> tensors = new HashSet<>(config.tensors());
    tensors.remove(tensor);
    return new ModelConfig(config.naming(), config.architecture(), config.values(), tensors);
  }

  private static ModelConfig huggingFace(Map<String, Object> changes) {
    Map<String, Object> values =
        new HashMap<>(
            Map.of(
                "hidden_size", 64L,
                "num_hidden_layers", 1L,
                "num_attention_heads", 4L,
                "num_key_value_heads", 2L,
                "intermediate_size", 96L,
                "vocab_size", 512L,
                "max_position_embeddings", 256L));
    values.putAll(changes);
    return new ModelConfig(
        Naming.HUGGING_FACE, "LlamaForCausalLM", values, names(LlamaNames.HUGGING_FACE));
  }

  private static ModelConfig gguf(Map<String, Object> changes) {
    Map<String, Object> values =
        new HashMap<>(
            Map.of(
                "llama.embedding_length", 64L,
                "llama.block_count", 1L,
                "llama.attention.head_count", 4L,
                "llama.attention.head_count_kv", 2L,
                "llama.feed_forward_length", 96L,
                "llama.vocab_size", 512L,
                "llama.context_length", 256L));
    values.putAll(changes);
    return new ModelConfig(Naming.GGUF, "llama", values, names(LlamaNames.GGUF));
  }

  private static Set<String> names(LlamaNames n) {
    Set<String> names = new HashSet<>(Set.of(n.embedding(), n.finalNorm(), n.output()));
    for (String part :
        List.of(
            n.attentionNorm(),
            n.q(),
            n.k(),
            n.v(),
            n.o(),
            n.mlpNorm(),
            n.gate(),
            n.up(),
            n.down())) {
      names.add(n.layer() + "0." + part);
    }
    return names;
  }
}
