package io.quire.backend.cpu.plan;

import io.quire.api.device.PlanOptions;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.formats.gguf.GgufFormat;
import io.quire.model.gemma.GemmaFamily;
import io.quire.model.llama.LlamaFamily;
import java.nio.file.Path;
import java.util.List;

/** A graph with its weights. */
record Model(ModelGraph graph, Weights weights, Runnable release) implements AutoCloseable {
  static Model open(Path path) {
    ModelFile file = new GgufFormat().open(path.toString());
    for (ModelFamily family : List.of(new LlamaFamily(), new GemmaFamily())) {
      if (family.supports(file.config())) {
        return new Model(family.graph(file.config()), file.weights(), file::close);
      }
    }
    throw new AssertionError("no family for " + file.config().architecture());
  }

  CpuPlan plan(Kernels kernels, int threads, PlanOptions options, StepRunner.LogitsTap tap) {
    return new CpuPlan(
        "test", kernels, threads, graph, weights, options, (stage, done, total) -> {}, tap);
  }

  @Override
  public void close() {
    release.run();
  }
}
