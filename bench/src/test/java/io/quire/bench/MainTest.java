package io.quire.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.bench.command.Benchmark;
import io.quire.bench.command.Console;
import io.quire.bench.kv.KvBenchmark;
import io.quire.bench.offline.OfflineBenchmark;
import io.quire.bench.ring.RingBenchmark;
import io.quire.bench.serve.ServeBenchmark;
import io.quire.bench.step.StepBenchmark;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MainTest {
  private static final List<Benchmark> ALL =
      List.of(
          new ServeBenchmark(),
          new OfflineBenchmark(),
          new KvBenchmark(),
          new StepBenchmark(),
          new RingBenchmark());

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void shouldListTheBenchmarksWithoutArguments() {
    assertEquals(0, run());
    for (Benchmark benchmark : ALL) {
      assertTrue(text(out).contains(benchmark.name() + " "), text(out));
    }
  }

  @Test
  void shouldListTheOptionsOfEachBenchmark() {
    for (Benchmark benchmark : ALL) {
      out.reset();
      assertEquals(0, run(benchmark.name(), "--help"));
      benchmark
          .options()
          .forEach(o -> assertTrue(text(out).contains("--" + o.name()), benchmark.name()));
      assertTrue(text(out).lines().allMatch(line -> line.length() <= 120), text(out));
    }
  }

  @Test
  void shouldRefuseAnUnknownBenchmark() {
    assertEquals(2, run("fast"));
    assertTrue(text(err).contains("there is no benchmark fast"), text(err));
  }

  @Test
  void shouldRefuseAnUnknownOption() {
    assertEquals(2, run("kv", "--blok", "7"));
    assertTrue(text(err).contains("there is no option --blok"), text(err));
  }

  @Test
  void shouldReportAModelThatIsNowhere() {
    assertEquals(2, run("offline", "--model", "no-such-model"));
    assertTrue(text(err).contains("quire pull no-such-model"), text(err));
  }

  private int run(String... arguments) {
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    return new Main(ALL, console).run(List.of(arguments));
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
