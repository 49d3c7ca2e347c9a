package io.quire.bench.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.bench.command.Console;
import io.quire.bench.command.Options;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingBenchmarkTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void shouldMeasureEachSizeWithAProcessOfItsOwn() throws Exception {
    assertEquals(0, run("--sequences", "1,20", "--warmup", "10", "--steps", "150"));
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals(3, lines.size());
    assertTrue(lines.get(1).strip().startsWith("1 "), lines.get(1));
    assertTrue(lines.get(2).strip().startsWith("20 "), lines.get(2));
  }

  @Test
  void shouldHoldTheGoal() throws Exception {
    int far = 1_000_000;
    assertEquals(0, run("--sequences", "256", "--warmup", "0", "--steps", "1", "--goal", "" + far));
    int status = run("--sequences", "256", "--warmup", "0", "--steps", "1", "--goal", "1");
    String message = err.toString(StandardCharsets.UTF_8);
    assertEquals(1, status, message);
    assertTrue(message.contains("us more in a worker process; 1 us are allowed"), message);
  }

  private int run(String... arguments) throws Exception {
    RingBenchmark benchmark = new RingBenchmark();
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    return benchmark.run(Options.parse(benchmark.options(), List.of(arguments)), console);
  }
}
