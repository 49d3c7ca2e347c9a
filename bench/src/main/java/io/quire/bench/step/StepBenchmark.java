package io.quire.bench.step;

import io.quire.bench.command.Benchmark;
import io.quire.bench.command.Console;
import io.quire.bench.command.JsonFile;
import io.quire.bench.command.Option;
import io.quire.bench.command.Options;
import io.quire.core.schedule.FcfsScheduler;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What one step costs the engine when the device costs nothing: the price of scheduling, building
 * the batch, taking the tokens in and handing them over, with asynchronous scheduling, in steady
 * decode.
 *
 * <p>Timing. Clock: {@link System#nanoTime} around each call of the engine's step. Inside the
 * interval: commands, schedule, block reservation and hashing of blocks that fill up, the batch,
 * the (empty) device step, the tokens of the step before, the hand-over to the output side, the
 * status that other threads read. Outside: the output side itself (text, events), which a server
 * runs on another thread and which is drained here after each step and timed apart: with one-letter
 * tokens and a listener that does nothing, so that figure is the least it can cost. All on one
 * thread, so that neither waits for the other. Warm-up: {@code --warmup} steps of the largest size,
 * then the same again before each size. Repetitions: {@code --steps} steps, each a sample. Prompts
 * have 16 different lengths, so that a sixteenth of the sequences fills a block in each step.
 * Bytes: {@code ThreadMXBean.getCurrentThreadAllocatedBytes} around the same call, mean over all
 * steps; the reading itself allocates nothing. Noise: the 99th percentile has garbage collections
 * (of the output side's objects) and whatever else the machine does; the median is the figure to
 * compare.
 *
 * <p>Rule. A step may allocate a constant and, for each further sequence, at most {@value
 * #BYTES_PER_SEQUENCE} bytes, for block tables that grow; an object per sequence and step does not
 * fit. If a size exceeds what the smallest one allocates by more than that, the exit status is 1.
 */
public final class StepBenchmark implements Benchmark {
  /** Most bytes that a further sequence may cost in a step. */
  static final int BYTES_PER_SEQUENCE = 2;

  /** Makes it. */
  public StepBenchmark() {}

  @Override
  public String name() {
    return "step";
  }

  @Override
  public String about() {
    return "time and garbage of one engine step on a device that takes no time";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.of("sequences", "N,N", "1,64,256,1000", "running sequences, ascending"),
        Option.of("warmup", "N", "3000", "steps before each size, not counted"),
        Option.of("steps", "N", "3000", "steps counted"),
        Option.of("seed", "N", "0", "of the prompts"),
        JsonFile.OPTION);
  }

  @Override
  public int run(Options options, Console console) throws IOException, InterruptedException {
    JsonFile json = new JsonFile(options, console);
    double[] sizes = options.numbers("sequences", 1, 100_000);
    int warmUp = options.integer("warmup", 0, 100_000);
    int steps = options.integer("steps", 1, 100_000);
    long seed = options.whole("seed", 0, Long.MAX_VALUE);
    measure((int) sizes[sizes.length - 1], warmUp, 1, seed);
    List<StepCost> costs = new ArrayList<>();
    heading(json.people());
    for (double size : sizes) {
      StepCost cost = measure((int) size, warmUp, steps, seed);
      costs.add(cost);
      print(json.people(), cost);
    }
    Map<String, Object> results = new LinkedHashMap<>();
    results.put("benchmark", "step");
    results.put("sizes", costs.stream().map(StepCost::values).toList());
    Optional<String> growth = growth(costs);
    results.put("allocation_rule_kept", growth.isEmpty());
    json.write(results);
    growth.ifPresent(console.err()::println);
    return growth.isEmpty() ? 0 : 1;
  }

  private static StepCost measure(int sequences, int warmUp, int steps, long seed)
      throws InterruptedException {
    try (StepDriver driver = new StepDriver(sequences, warmUp + steps, seed, FcfsScheduler::new)) {
      return driver.measure(warmUp, steps);
    }
  }

  /** {@return what breaks the rule, if something does} */
  static Optional<String> growth(List<StepCost> costs) {
    StepCost least = costs.getFirst();
    for (StepCost cost : costs) {
      double allowed =
          least.bytes() + (double) BYTES_PER_SEQUENCE * (cost.sequences() - least.sequences());
      if (cost.bytes() > allowed) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "a step of %d sequences allocates %.0f bytes, and one of %d allocates %.0f: more than"
                    + " %d bytes for each further sequence, so something is made anew for every"
                    + " sequence in every step",
                cost.sequences(),
                cost.bytes(),
                least.sequences(),
                least.bytes(),
                BYTES_PER_SEQUENCE));
      }
    }
    return Optional.empty();
  }

  private static void heading(PrintStream out) {
    out.println(
        String.format(
            Locale.ROOT,
            "%9s %11s %9s %11s %11s %17s",
            "sequences",
            "median us",
            "p99 us",
            "bytes/step",
            "bytes/seq",
            "output median us"));
  }

  private static void print(PrintStream out, StepCost cost) {
    out.println(
        String.format(
            Locale.ROOT,
            "%9d %11.1f %9.1f %11.0f %11.1f %17.1f",
            cost.sequences(),
            cost.micros().median(),
            cost.micros().percentile(99),
            cost.bytes(),
            cost.bytes() / cost.sequences(),
            cost.outputMicros().median()));
  }
}
