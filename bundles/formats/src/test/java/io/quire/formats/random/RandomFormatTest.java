package io.quire.formats.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.quire.api.model.DType;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.Tensor;
import io.quire.formats.Dequantiser;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RandomFormatTest {
  private static final String GATE = "model.layers.1.mlp.gate_proj.weight";

  private final RandomFormat format = new RandomFormat();

  @ParameterizedTest
  @CsvSource({
    "llama-1b, 1235814400, 146",
    "llama-8b, 8030261248, 291",
    "llama-160m, 162417408, 111",
    "llama-tiny, 139584, 21"
  })
  void shouldHaveTheShapesOfPublishedModels(String name, long parameters, int tensors) {
    try (ModelFile model = format.open("random:" + name)) {
      assertEquals(2 * parameters, model.bytes());
      assertEquals(tensors, model.weights().names().size());
      assertEquals(model.weights().names(), model.config().tensors());
      assertEquals("LlamaForCausalLM", model.config().architecture());
    }
  }

  @Test
  void shouldDescribeItselfLikeAConfigJson() {
    try (ModelFile model = format.open("random:llama-1b?layers=3&vocab=1000&max=512")) {
      Map<String, Object> values = model.config().values();
      assertEquals(3, model.config().integer("num_hidden_layers"));
      assertEquals(1000, model.config().integer("vocab_size"));
      assertEquals(512, model.config().integer("max_position_embeddings"));
      assertEquals(8, model.config().integer("num_key_value_heads"));
      assertEquals(5e5, values.get("rope_theta"));
      assertEquals(32.0, ((Map<?, ?>) values.get("rope_scaling")).get("factor"));
      assertTrue(model.config().flag("tie_word_embeddings", false));
      assertFalse(model.config().tensors().contains("lm_head.weight"));
    }
  }

  @Test
  void shouldMakeTheSameBitsForTheSameSeedOnly() {
    byte[] once = bytes("random:llama-tiny?seed=7", GATE);
    assertArrayEquals(once, bytes("random:llama-tiny?seed=7", GATE));
    assertDiffer(once, bytes("random:llama-tiny?seed=8", GATE));
    assertDiffer(once, bytes("random:llama-tiny?seed=7", "model.layers.0.mlp.gate_proj.weight"));
  }

  /** The formula in the javadoc, computed for three elements by a script in exact numbers. */
  @Test
  void shouldMakeTheBitsThatItsFormulaSays() {
    try (ModelFile model = format.open("random:llama-tiny?dtype=f32&seed=7")) {
      Tensor tensor = model.weights().tensor(GATE);
      float[] values = Dequantiser.values(tensor);
      assertEquals(0.25627538561820984f, values[0]);
      assertEquals(0.06143420562148094f, values[1]);
      assertEquals(-0.14205916225910187f, values[8191]);
    }
  }

  @Test
  void shouldMakeATensorOnceWhenSeveralThreadsAsk() throws Exception {
    try (ModelFile model = format.open("random:llama-tiny");
        ExecutorService threads =
            Executors.newFixedThreadPool(
                4, Thread.ofPlatform().name("random-weights-", 0).factory())) {
      for (String name : model.weights().names()) {
        List<Future<Tensor>> tensors = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          tensors.add(threads.submit(() -> model.weights().tensor(name)));
        }
        for (Future<Tensor> tensor : tensors) {
          assertSame(tensors.getFirst().get(), tensor.get());
        }
        assertArrayEquals(
            tensors.getFirst().get().data().toArray(ValueLayout.JAVA_BYTE),
            bytes("random:llama-tiny", name));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bf16", "f16", "f32", "q8_0", "q4_0"})
  void shouldDistributeValuesNormally(String dtype) {
    try (ModelFile model = format.open("random:llama-tiny?dtype=" + dtype);
        ModelFile exact = format.open("random:llama-tiny?dtype=f32")) {
      Tensor tensor = model.weights().tensor(GATE);
      assertEquals(DType.valueOf(dtype.toUpperCase(Locale.ROOT)), tensor.dtype());
      float[] values = Dequantiser.values(tensor);
      float[] wanted = Dequantiser.values(exact.weights().tensor(GATE));
      double sum = 0;
      double squares = 0;
      int within = 0;
      double error = 0;
      for (int i = 0; i < values.length; i++) {
        sum += values[i];
        squares += values[i] * values[i];
        within += Math.abs(values[i]) < 0.125 ? 1 : 0;
        error = Math.max(error, Math.abs(values[i] - wanted[i]));
      }
      assertEquals(0, sum / values.length, 4 * 0.125 / Math.sqrt(values.length));
      assertEquals(1.0 / 64, squares / values.length, 0.05 / 64);
      assertEquals(0.6827, (double) within / values.length, 0.05);
      double step =
          Map.of("f32", 0.0, "f16", 2e-4, "bf16", 2e-3, "q8_0", 4e-3).getOrDefault(dtype, 6e-2);
      assertTrue(error <= step, dtype + " is off by " + error);
    }
  }

  @Test
  void shouldKeepNormsNearOne() {
    try (ModelFile model = format.open("random:llama-tiny?dtype=q4_0")) {
      Tensor norm = model.weights().tensor("model.norm.weight");
      assertEquals(DType.F32, norm.dtype());
      for (float value : Dequantiser.values(norm)) {
        assertEquals(1, value, 0.1);
      }
    }
  }

  @Test
  void shouldBringATokenizerOfBytes() throws IOException {
    try (ModelFile model = format.open("random:llama-tiny")) {
      assertEquals(Set.of("tokenizer.json", "tokenizer_config.json"), model.texts().keySet());
      Set<String> tokens = new HashSet<>();
      try (JsonParser parser =
          new JsonFactory().createParser(model.texts().get("tokenizer.json"))) {
        while (parser.nextToken() != null) {
          if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            tokens.add(parser.currentName() + "=" + parser.getIntValue());
          }
        }
      }
      assertEquals(257, tokens.size());
      assertTrue(tokens.containsAll(Set.of("A=65", "Ġ=32", "Ċ=10", "id=256", "ÿ=255", "Ń=173")));
      assertTrue(model.texts().get("tokenizer_config.json").contains("\"eos_token\":\"<|end|>\""));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "random:",
        "random:gpt-9",
        "random:llama-tiny?layers",
        "random:llama-tiny?layers=0",
        "random:llama-tiny?layers=257",
        "random:llama-tiny?layers=x",
        "random:llama-tiny?vocab=256",
        "random:llama-tiny?vocab=99999999999999999999",
        "random:llama-tiny?dtype=q2_k",
        "random:llama-tiny?seed=1&seed=2",
        "random:llama-tiny?speed=1",
        "random:llama-tiny?seed=1&"
      })
  void shouldRefuseWhatItDoesNotKnow(String location) {
    var error = assertThrows(ModelFormatException.class, () -> format.open(location));
    assertTrue(error.getMessage().startsWith("'random:"), error.getMessage());
  }

  @Test
  void shouldFreeItsMemoryWhenClosed() {
    ModelFile model = format.open("random:llama-tiny");
    Tensor tensor = model.weights().tensor(GATE);
    assertTrue(tensor.data().isReadOnly());
    model.close();
    model.close();
    assertThrows(IllegalStateException.class, () -> tensor.data().get(ValueLayout.JAVA_BYTE, 0));
    assertThrows(IllegalStateException.class, () -> model.weights().tensor("model.norm.weight"));
  }

  @Test
  void shouldAcceptItsSchemeOnly() {
    assertTrue(format.accepts("random:anything"));
    assertFalse(format.accepts("random"));
    assertFalse(format.accepts("/models/random:llama-1b"));
  }

  private byte[] bytes(String location, String tensor) {
    try (ModelFile model = format.open(location)) {
      return model.weights().tensor(tensor).data().toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void assertDiffer(byte[] a, byte[] b) {
    int equal = 0;
    for (int i = 0; i < a.length; i++) {
      equal += a[i] == b[i] ? 1 : 0;
    }
    assertTrue(equal < a.length / 4, equal + " of " + a.length + " bytes are equal");
  }
}
