package io.quire.backend.cpu.plan;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.PlanOptions;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.backend.cpu.kernel.VectorKernels;
import io.quire.testkit.References;
import io.quire.testkit.TestModels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real models against an independent implementation. */
class RealModelTest {
  private static final PlanOptions OPTIONS = new PlanOptions(1024, 4, 2048, 16, 5);

  @ParameterizedTest
  @ValueSource(strings = {"capital", "chat_hi", "prose_530"})
  void shouldReproduceTheLogitsOfSmolLm2(String prompt) throws Exception {
    String file = "logits_" + prompt + ".safetensors";
    float[] expected = References.floats(References.SMOLLM2, file, "logits");
    int[] ids =
        References.ints(
            new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(
                    References.metadata(References.SMOLLM2, file).get("prompt_ids").asText()));
    for (Kernels kernels :
        prompt.equals("prose_530")
            ? new Kernels[] {new VectorKernels()}
            : new Kernels[] {new VectorKernels(), new PlainKernels()}) {
      try (Model model = Model.open(TestModels.smollm2());
          Session session = new Session(model, kernels, 2, OPTIONS, 256)) {
        Session.Sequence sequence = session.start(0, ids);
        session.feed(sequence, ids.length, false);
        session.step();
        float worst = 0;
        for (int i = 0; i < expected.length; i++) {
          worst = Math.max(worst, Math.abs(expected[i] - sequence.logits.get(0)[i]));
        }
        assertTrue(worst < 2e-2, "largest difference " + worst);
      }
    }
  }
}
