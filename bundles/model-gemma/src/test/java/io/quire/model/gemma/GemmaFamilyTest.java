package io.quire.model.gemma;

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
import io.quire.formats.gguf.GgufFormat;
import io.quire.testkit.TestModels;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GemmaFamilyTest {
  private final GemmaFamily family = new GemmaFamily();

  @Test
  void shouldDescribeGemma270mAndUseAllItsWeights() {
    try (ModelFile model = new GgufFormat().open(TestModels.gemma3().toString())) {
      assertTrue(family.supports(model.config()));
      ModelGraph graph = family.graph(model.config());
      assertEquals(model.weights().names(), Shapes.check(graph, model.weights()));
      assertEquals(262_144, graph.vocabularySize());
      assertEquals(32_768, graph.maxPositions());
      assertEquals((float) Math.sqrt(640), ((Op.Embed) graph.ops().getFirst()).scale());
      for (int layer = 0; layer < 18; layer++) {
        boolean full = Set.of(5, 11, 17).contains(layer);
        assertEquals(
            new AttentionSpec(4, 1, 256, 0.0625f, full ? 0 : 512, 0), graph.attention().get(layer));
        assertEquals(
            new RopeSpec(RopeSpec.Style.HALVES, 256, full ? 1e6 : 1e4, new RopeSpec.Unscaled()),
            ropes(graph).get(2 * layer));
      }
      assertEquals(Set.of(0f), offsets(graph));
    }
  }

  @Test
  void shouldOrderTheOpsOfALayer() {
    List<Op> ops = family.graph(huggingFace(1, Map.of())).ops();
    assertEquals(
        List.of(
            "Embed",
            "RmsNorm",
            "Linear",
            "Linear",
            "Linear",
            "RmsNorm",
            "Rope",
            "RmsNorm",
            "Rope",
            "Attention",
            "Linear",
            "RmsNorm",
            "Add",
            "RmsNorm",
            "Linear",
            "Linear",
            "GatedActivation",
            "Linear",
            "RmsNorm",
            "Add",
            "TakeRows",
            "RmsNorm",
            "Linear"),
        ops.stream().map(op -> op.getClass().getSimpleName()).toList());
  }

  @Test
  void shouldNormEachHeadOfQueriesAndKeys() {
    List<Integer> groups =
        family.graph(huggingFace(1, Map.of())).ops().stream()
            .flatMap(op -> op instanceof Op.RmsNorm n ? Stream.of(n.groups()) : Stream.empty())
            .toList();
    assertEquals(List.of(1, 4, 2, 1, 1, 1, 1), groups);
  }

  @Test
  void shouldAddOneToTheNormsOfHuggingFaceFiles() {
    assertEquals(Set.of(1f), offsets(family.graph(huggingFace(1, Map.of()))));
  }

  @Test
  void shouldReadThePatternOfLayers() {
    assertEquals(List.of(5), fullLayers(huggingFace(8, Map.of())));
    assertEquals(List.of(1, 3), fullLayers(huggingFace(5, Map.of("sliding_window_pattern", 2L))));
    List<String> types = List.of("full_attention", "sliding_attention", "full_attention");
    assertEquals(List.of(0, 2), fullLayers(huggingFace(3, Map.of("layer_types", types))));
  }

  @Test
  void shouldScaleThePositionsOfFullLayersOnly() {
    RopeSpec.Scaling by8 = new RopeSpec.Linear(8);
    Map<String, Object> old =
        Map.of(
            "sliding_window_pattern",
            2L,
            "rope_scaling",
            Map.of("rope_type", "linear", "factor", 8.0));
    Map<String, Object> recent =
        Map.of(
            "sliding_window_pattern",
            2L,
            "rope_parameters",
            Map.of(
                "full_attention",
                Map.of("rope_type", "linear", "factor", 8.0, "rope_theta", 1e6),
                "sliding_attention",
                Map.of("rope_type", "default", "rope_theta", 1e4)));
    Map<String, Object> gguf =
        Map.of(
            "gemma3.attention.sliding_window_pattern",
            2L,
            "gemma3.rope.scaling.type",
            "linear",
            "gemma3.rope.scaling.factor",
            8.0);
    for (ModelConfig config : List.of(huggingFace(2, old), huggingFace(2, recent), gguf(2, gguf))) {
      List<RopeSpec> ropes = ropes(family.graph(config));
      assertEquals(List.of(1e4, 1e6), List.of(ropes.get(0).base(), ropes.get(2).base()));
      assertEquals(new RopeSpec.Unscaled(), ropes.get(0).scaling());
      assertEquals(by8, ropes.get(2).scaling());
    }
  }

  @Test
  void shouldScaleQueriesAsTheFileSays() {
    ModelConfig config = huggingFace(1, Map.of("query_pre_attn_scalar", 64L));
    assertEquals(0.125f, family.graph(config).attention().getFirst().scale());
  }

  @Test
  void shouldScaleQueriesOfTheLargestGgufByItsHiddenSizePerHead() {
    assertEquals(0.25f, family.graph(gguf(62, Map.of())).attention().getFirst().scale());
    float usual = (float) (1 / Math.sqrt(32));
    assertEquals(usual, family.graph(gguf(6, Map.of())).attention().getFirst().scale());
  }

  @Test
  void shouldCapTheLogitsWhereTheFileSaysSo() {
    ModelGraph graph = family.graph(huggingFace(1, Map.of("final_logit_softcapping", 30.0)));
    assertEquals(30f, ((Op.Softcap) graph.ops().getLast()).cap());
  }

  @Test
  void shouldDescribeTheTextPartOfModelsThatSeeImages() {
    ModelConfig text = huggingFace(2, Map.of());
    for (String prefix : List.of("language_model.", "model.language_")) {
      Set<String> names = new HashSet<>();
      text.tensors().forEach(name -> names.add(prefix + name));
      ModelConfig config =
          new ModelConfig(
              Naming.HUGGING_FACE,
              "Gemma3ForConditionalGeneration",
              Map.of("text_config", text.values()),
              names);
      assertTrue(family.supports(config));
      ModelGraph graph = family.graph(config);
      assertEquals(2, graph.attention().size());
      assertEquals(
          prefix + "model.embed_tokens.weight", ((Op.Embed) graph.ops().getFirst()).table());
    }
  }

  @Test
  void shouldRefuseWhatItCannotDescribe() {
    assertRefused(gguf(1, Map.of("gemma3.rope.scaling.type", "yarn")), "'yarn'");
    assertRefused(gguf(1, Map.of("gemma3.block_count", 2L)), "blk.1.attn_norm.weight");
    assertRefused(gguf(1, Map.of("gemma3.block_count", 1L << 30)), "at most 1024");
    assertRefused(gguf(1, Map.of("gemma3.attention.sliding_window", 0L)), "is 0");
    assertRefused(gguf(1, Map.of("gemma3.attention.value_length", 8L)), "values of 8");
    assertRefused(huggingFace(1, Map.of("use_bidirectional_attention", true)), "embeds texts");
    assertRefused(huggingFace(1, Map.of("hidden_activation", "relu")), "'relu'");
    assertRefused(huggingFace(1, Map.of("layer_types", List.of("linear"))), "'linear'");
    assertRefused(huggingFace(2, Map.of("layer_types", List.of("full_attention"))), "1 entries");
    assertRefused(huggingFace(1, Map.of("rope_scaling", Map.of("type", "yarn"))), "'yarn'");
    assertFalse(family.supports(new ModelConfig(Naming.GGUF, "gemma2", Map.of(), Set.of())));
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
    for (ModelConfig good : List.of(gguf(2, Map.of()), huggingFace(2, Map.of()))) {
      Set<String> keys = new HashSet<>(good.values().keySet());
      keys.addAll(
          Set.of(
              "gemma3.rope.freq_base",
              "gemma3.rope.scaling.factor",
              "gemma3.attn_logit_softcapping",
              "gemma3.attention.sliding_window_pattern",
              "tokenizer.ggml.tokens",
              "query_pre_attn_scalar",
              "rope_theta",
              "rope_scaling",
              "rope_parameters",
              "layer_types"));
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

  private List<Integer> fullLayers(ModelConfig config) {
    List<AttentionSpec> specs = family.graph(config).attention();
    return IntStream.range(0, specs.size())
        .filter(i -> specs.get(i).window() == 0)
        .boxed()
        .toList();
  }

  private static List<RopeSpec> ropes(ModelGraph graph) {
    return graph.ops().stream()
        .flatMap(op -> op instanceof Op.Rope rope ? Stream.of(rope.spec()) : Stream.empty())
        .toList();
  }

  private static Set<Float> offsets(ModelGraph graph) {
    Set<Float> offsets = new HashSet<>();
    for (Op op : graph.ops()) {
      if (op instanceof Op.RmsNorm norm) {
        offsets.add(norm.offset());
      }
    }
    return offsets;
  }

  private static ModelConfig huggingFace(int layers, Map<String, Object> changes) {
    Map<String, Object> values =
        new HashMap<>(
            Map.of(
                "hidden_size", 64L,
                "num_hidden_layers", (long) layers,
                "num_attention_heads", 4L,
                "num_key_value_heads", 2L,
                "head_dim", 32L,
                "intermediate_size", 96L,
                "vocab_size", 512L,
                "max_position_embeddings", 256L,
                "sliding_window", 16L));
    values.putAll(changes);
    Set<String> tensors = names(GemmaNames.huggingFace(Set.of()), layers);
    return new ModelConfig(Naming.HUGGING_FACE, "Gemma3ForCausalLM", values, tensors);
  }

  private static ModelConfig gguf(int layers, Map<String, Object> changes) {
    Map<String, Object> values =
        new HashMap<>(
            Map.of(
                "gemma3.embedding_length", 64L,
                "gemma3.block_count", (long) layers,
                "gemma3.attention.head_count", 4L,
                "gemma3.attention.head_count_kv", 2L,
                "gemma3.attention.key_length", 32L,
                "gemma3.feed_forward_length", 96L,
                "gemma3.vocab_size", 512L,
                "gemma3.context_length", 256L,
                "gemma3.attention.sliding_window", 16L));
    values.putAll(changes);
    return new ModelConfig(Naming.GGUF, "gemma3", values, names(GemmaNames.GGUF, layers));
  }

  private static Set<String> names(GemmaNames n, int layers) {
    Set<String> names = new HashSet<>(Set.of(n.embedding(), n.finalNorm()));
    for (int i = 0; i < layers; i++) {
      for (String part :
          List.of(
              n.attentionNorm(),
              n.q(),
              n.k(),
              n.v(),
              n.qNorm(),
              n.kNorm(),
              n.o(),
              n.postAttentionNorm(),
              n.mlpNorm(),
              n.gate(),
              n.up(),
              n.down(),
              n.postMlpNorm())) {
        names.add(n.layer() + i + "." + part);
      }
    }
    return names;
  }
}
