package io.quire.backend.amd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.device.Plan;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.ModelInfo;
import io.quire.api.engine.Prompt;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelGraph;
import io.quire.backend.amd.driver.OpenClDriver;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.engine.EngineOptions;
import io.quire.core.engine.EngineParts;
import io.quire.core.engine.LaneOffer;
import io.quire.core.engine.Lease;
import io.quire.core.engine.PagedEngine;
import io.quire.core.schedule.FcfsScheduler;
import io.quire.formats.gguf.GgufFormat;
import io.quire.gpu.plan.GpuDevice;
import io.quire.gpu.plan.KernelShop;
import io.quire.model.llama.LlamaFamily;
import io.quire.testkit.References;
import io.quire.testkit.TestModels;
import io.quire.text.GgufTokenizerFactory;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A real model served by the engine on every OpenCL device that is here. */
class GpuServingTest {
  private static final EngineOptions OPTIONS = EngineOptions.of(256, 8, 96);
  private static final int BLOCKS = 96;
  private static final int TOKENS = 16;
  private static final int PROMPTS = 5;

  /** The reference's margin under which activations of 16 bits may choose another token. */
  private static final double MARGIN = 0.15;

  @TestFactory
  Stream<DynamicTest> shouldContinuePromptsAsTheReferenceDoes() {
    // One of them: the distribution is tested on all.
    return Runtimes.devices("auto").stream()
        .limit(1)
        .map(device -> DynamicTest.dynamicTest(Runtimes.name(device), () -> serve(device)));
  }

  private static void serve(OpenClDevice device) throws Exception {
    OpenClDriver driver = Runtimes.driver(device);
    try (driver;
        ModelFile file = new GgufFormat().open(TestModels.smollm2().toString())) {
      KernelShop shop =
          new KernelShop(driver, new ListedKernels(KernelTexts.all()), Optional::empty);
      ModelGraph graph = new LlamaFamily().graph(file.config());
      Plan plan =
          new GpuDevice(driver, shop)
              .prepare(
                  graph,
                  file.weights(),
                  OPTIONS.planOptions(),
                  (stage, done, total) -> {
                    if (Boolean.getBoolean("quire.verbose")) {
                      System.out.println(Instant.now() + " " + stage + " " + done + "/" + total);
                    }
                  });
      plan.allocateKv(BLOCKS);
      try (PagedEngine engine = engine(file, graph)) {
        engine.start();
        engine.addLane(
            new LaneOffer(driver.info().id(), plan, BLOCKS, (reason, lost) -> plan.close()));
        compare(engine);
      }
    }
  }

  private static PagedEngine engine(ModelFile file, ModelGraph graph) {
    ModelInfo info =
        new ModelInfo(
            "smollm2",
            file.location(),
            graph.architecture(),
            OPTIONS.maxModelLength(),
            graph.vocabularySize(),
            file.bytes(),
            Instant.EPOCH);
    return new PagedEngine(
        new EngineParts(
            info,
            new GgufTokenizerFactory().create(file),
            OPTIONS,
            Lease.of("fcfs", FcfsScheduler::new),
            Lease.of("paged", PagedBlockManager::new),
            System::nanoTime));
  }

  /** All at once, so that prefill and decode of different sequences share steps. */
  private static void compare(PagedEngine engine) throws Exception {
    Map<JsonNode, Generation> running = new LinkedHashMap<>();
    List<JsonNode> lines =
        References.lines(References.SMOLLM2, "greedy.jsonl").stream()
            .filter(line -> line.get("prompt_ids").size() < 48)
            .limit(PROMPTS)
            .toList();
    for (JsonNode line : lines) {
      int[] prompt = References.ints(line.get("prompt_ids"));
      GenerationRequest request =
          GenerationRequest.builder(line.get("name").asText(), new Prompt.Tokens(prompt))
              .maxTokens(TOKENS)
              .ignoreEnd(true)
              .build();
      running.put(line, engine.submit(request, event -> {}));
    }
    for (Map.Entry<JsonNode, Generation> each : running.entrySet()) {
      Generation.Result result = each.getValue().result().get(10, TimeUnit.MINUTES);
      assertMatches(each.getKey(), result.choices().getFirst().tokens());
    }
  }

  private static void assertMatches(JsonNode line, int[] tokens) {
    int[] expected = Arrays.copyOf(References.ints(line.get("output_ids")), TOKENS);
    assertEquals(TOKENS, tokens.length);
    int different = Arrays.mismatch(expected, tokens);
    if (different >= 0) {
      double margin = line.get("margin").get(different).asDouble();
      assertTrue(
          margin <= MARGIN,
          () ->
              line.get("name")
                  + ": token "
                  + different
                  + " is "
                  + tokens[different]
                  + " instead of "
                  + expected[different]
                  + " with margin "
                  + margin);
    }
  }
}
