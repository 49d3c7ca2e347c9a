package io.quire.bench.offline;

import io.quire.api.device.Plan;
import io.quire.api.engine.ModelInfo;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.WeightsFormat;
import io.quire.api.text.Tokenizer;
import io.quire.api.text.TokenizerFactory;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.backend.cpu.kernel.VectorKernels;
import io.quire.backend.cpu.plan.CpuPlan;
import io.quire.bench.command.UsageException;
import io.quire.core.cache.PagedBlockManager;
import io.quire.core.engine.EngineOptions;
import io.quire.core.engine.EngineParts;
import io.quire.core.engine.Lease;
import io.quire.core.engine.PagedEngine;
import io.quire.core.schedule.FcfsScheduler;
import io.quire.formats.gguf.GgufFormat;
import io.quire.formats.random.RandomFormat;
import io.quire.formats.safetensors.SafetensorsFormat;
import io.quire.model.gemma.GemmaFamily;
import io.quire.model.llama.LlamaFamily;
import io.quire.text.GgufTokenizerFactory;
import io.quire.text.HuggingFaceTokenizerFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Puts an engine on the CPU together by hand, from the parts that OSGi would have found. */
final class Parts implements AutoCloseable {
  private static final List<WeightsFormat> FORMATS =
      List.of(new GgufFormat(), new SafetensorsFormat(), new RandomFormat());
  private static final List<ModelFamily> FAMILIES = List.of(new LlamaFamily(), new GemmaFamily());
  private static final List<TokenizerFactory> TOKENIZERS =
      List.of(new GgufTokenizerFactory(), new HuggingFaceTokenizerFactory());

  private final ModelFile file;
  private final ModelFamily family;
  private final ModelGraph graph;
  private final Tokenizer tokenizer;

  /**
   * Opens a model.
   *
   * @param location a path, or a name that begins with {@code random:}
   */
  Parts(String location) {
    file = one(FORMATS, f -> f.accepts(location), "format opens " + location).open(location);
    family = one(FAMILIES, f -> f.supports(file.config()), "family describes " + location);
    graph = family.graph(file.config());
    tokenizer =
        one(TOKENIZERS, f -> f.supports(file), "tokenizer reads that of " + location).create(file);
  }

  private static <T> T one(List<T> all, Predicate<T> fits, String what) {
    return all.stream()
        .filter(fits)
        .findFirst()
        .orElseThrow(() -> new UsageException("no " + what + "; is the path right?"));
  }

  /**
   * Where a model lies.
   *
   * @param model a path, {@code random:SHAPE}, or the name of a folder of models
   * @param home Quire's folder on this machine
   * @return a location that a format opens
   */
  static String resolve(String model, Path home) {
    if (model.startsWith("random:") || Files.exists(Path.of(model))) {
      return model;
    }
    Path folder = home.resolve("models").resolve(model).normalize();
    if (folder.startsWith(home) && Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        return files
            .filter(f -> f.toString().endsWith(".gguf"))
            .sorted()
            .findFirst()
            .orElse(folder)
            .toString();
      } catch (IOException e) {
        throw new UsageException("folder " + folder + " cannot be read: " + e.getMessage());
      }
    }
    throw new UsageException(
        String.format(
            Locale.ROOT,
            "model %s is no path and not in %s; fetch it with: quire pull %s",
            model,
            home.resolve("models"),
            model));
  }

  int maxPositions() {
    return graph.maxPositions();
  }

  String description() {
    return String.format(
        Locale.ROOT,
        "%s, %s, %.0f MB, %s",
        file.location(),
        family.name(),
        file.bytes() / 1e6,
        kernels().name());
  }

  /**
   * Prepares the model and starts an engine with one lane.
   *
   * @param options its sizes
   * @param threads that compute
   * @param blocks of the KV cache that the requests could use; fewer if memory is short
   * @return the engine, ready
   */
  RunningEngine start(EngineOptions options, int threads, long blocks) {
    ModelInfo info =
        new ModelInfo(
            "bench",
            file.location(),
            family.name(),
            options.maxModelLength(),
            graph.vocabularySize(),
            file.bytes(),
            Instant.now());
    EngineParts parts =
        new EngineParts(
            info,
            tokenizer,
            options,
            Lease.of("fcfs", FcfsScheduler::new),
            Lease.of("paged", PagedBlockManager::new),
            System::nanoTime);
    Plan plan =
        new CpuPlan(
            "cpu0",
            kernels(),
            threads,
            graph,
            file.weights(),
            options.planOptions(),
            (stage, done, total) -> {});
    return RunningEngine.start(new PagedEngine(parts), plan, options, blocks);
  }

  private static Kernels kernels() {
    boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    return vectors ? new VectorKernels() : new PlainKernels();
  }

  @Override
  public void close() {
    file.close();
  }
}
