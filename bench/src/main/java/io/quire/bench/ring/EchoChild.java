package io.quire.bench.ring;

import io.quire.api.device.PlanOptions;
import io.quire.bench.step.InstantPlan;
import io.quire.worker.ring.Ring;
import io.quire.worker.ring.StepServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that serves a ring with a device whose steps take no time. */
final class EchoChild implements AutoCloseable {
  private static final String READY = "ready";

  private final Process process;

  private EchoChild(Process process) {
    this.process = process;
  }

  /**
   * Starts the process; returns when it serves the ring.
   *
   * @param file the ring's
   * @param options its sizes
   */
  static EchoChild start(Path file, PlanOptions options) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(word -> !word.startsWith("-agentlib") && !word.startsWith("-javaagent"))
        .forEach(words::add);
    words.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            EchoChild.class.getName(),
            file.toString(),
            String.valueOf(options.maxTokens()),
            String.valueOf(options.maxSequences())));
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    if (!READY.equals(out.readLine())) {
      process.destroyForcibly();
      Files.deleteIfExists(file);
      throw new IOException("the child process did not start; see its message above");
    }
    return new EchoChild(process);
  }

  static PlanOptions options(int tokens, int sequences) {
    return new PlanOptions(tokens, sequences, 8192, 16, 20);
  }

  /**
   * The child: serves a ring until its standard input ends.
   *
   * @param arguments the ring's file, tokens and sequences of a step
   */
  public static void main(String[] arguments) throws IOException {
    PlanOptions options = options(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    try (Ring ring = Ring.open(Path.of(arguments[0]), options, Ring.Sleep.DEFAULT);
        InstantPlan plan = new InstantPlan(options, RingBenchmark.VOCABULARY)) {
      StepServer server = new StepServer(plan, options, ring);
      Thread.ofPlatform().daemon().name("end").start(() -> closeAtEnd(server));
      System.out.println(READY);
      System.out.flush();
      server.run();
    }
  }

  private static void closeAtEnd(StepServer server) {
    try {
      System.in.readAllBytes();
    } catch (IOException expected) {
      // That is an end, too.
    }
    server.close();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.onExit().join();
  }
}
