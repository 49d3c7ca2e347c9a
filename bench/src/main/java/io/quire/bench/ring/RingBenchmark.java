package io.quire.bench.ring;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.bench.command.Benchmark;
import io.quire.bench.command.Console;
import io.quire.bench.command.JsonFile;
import io.quire.bench.command.Option;
import io.quire.bench.command.Options;
import io.quire.bench.stats.Samples;
import io.quire.bench.step.InstantPlan;
import io.quire.worker.ring.Loss;
import io.quire.worker.ring.Ring;
import io.quire.worker.ring.StepClient;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a step costs more when its device lives in a worker process: the round trip of a batch and
 * its output through the shared ring to a child process, beside the same device in this process.
 *
 * <p>Timing. Clock: {@link System#nanoTime} around submit and await of one step; nothing else is in
 * flight, so that both wake-ups are inside the interval, and nothing hides them. Inside: the check
 * of the batch, its copy into shared memory, the wake-up of the child, its copy out, the device
 * ({@link InstantPlan}, which takes no time), the copy of tokens and log-probabilities, the wake-up
 * of this thread, the copy out. Outside: filling the batch. The batch is one of steady decode: a
 * token and a row for each sequence, and a table update for a sixteenth of them. The column
 * <i>overlapped</i> is the mean time of a step when the next one is submitted before it is awaited,
 * as the engine does it. Warm-up: {@code --warmup} steps before each size. Repetitions: {@code
 * --steps}, each a sample. Both sides of the comparison take turns in blocks of 100 steps, so that
 * they see the same machine. Noise: with fewer than three processors neither side looks before it
 * sleeps, so each step has two wake-ups by the system; the 99th percentile has whatever else the
 * machine does.
 *
 * <p>Rule. At 256 sequences the median may be at most {@code --goal} microseconds above that of the
 * device in this process; if it is more, the exit status is 1.
 */
public final class RingBenchmark implements Benchmark {
  static final int VOCABULARY = 32_000;

  private static final int GOAL_SEQUENCES = 256;
  private static final int BLOCK = 100;
  private static final int KV_BLOCKS = 1 << 20;
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

  /** Makes it. */
  public RingBenchmark() {}

  @Override
  public String name() {
    return "ring";
  }

  @Override
  public String about() {
    return "time of a step's way to a worker process and back, beside a device in this process";
  }

  @Override
  public List<Option> options() {
    return List.of(
        Option.of("sequences", "N,N", "1,64,256,1000", "sequences of a step"),
        Option.of("warmup", "N", "20000", "steps before each size, not counted"),
        Option.of("steps", "N", "20000", "steps counted"),
        Option.of("goal", "US", "30", "most that the median of 256 sequences may be above"),
        JsonFile.OPTION);
  }

  @Override
  public int run(Options options, Console console) throws IOException, InterruptedException {
    JsonFile json = new JsonFile(options, console);
    double[] sizes = options.numbers("sequences", 1, 100_000);
    int warmUp = options.integer("warmup", 0, 10_000_000);
    int steps = options.integer("steps", 1, 10_000_000);
    double goal = options.integer("goal", 1, 1_000_000);
    List<Map<String, Object>> results = new ArrayList<>();
    boolean kept = true;
    heading(json.people());
    for (double size : sizes) {
      Cost cost = measure((int) size, warmUp, steps);
      print(json.people(), cost);
      results.add(cost.values());
      if (cost.sequences() == GOAL_SEQUENCES && cost.more() > goal) {
        kept = false;
        console.err().println(missed(cost, goal));
      }
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("benchmark", "ring");
    all.put("sizes", results);
    all.put("goal_kept", kept);
    json.write(all);
    return kept ? 0 : 1;
  }

  private static String missed(Cost cost, double goal) {
    return String.format(
        Locale.ROOT,
        "a step of %d sequences takes %.1f us more in a worker process; %.0f us are allowed",
        cost.sequences(),
        cost.more(),
        goal);
  }

  /** What steps of one size cost. */
  private record Cost(int sequences, Samples ring, Samples here, double overlapped) {
    double more() {
      return ring.median() - here.median();
    }

    Map<String, Object> values() {
      Map<String, Object> values = new LinkedHashMap<>();
      values.put("sequences", sequences);
      values.put("steps", ring.count());
      values.put("ring_median_us", ring.median());
      values.put("ring_p99_us", ring.percentile(99));
      values.put("ring_overlapped_us", overlapped);
      values.put("in_process_median_us", here.median());
      values.put("in_process_p99_us", here.percentile(99));
      values.put("more_us", more());
      values.put("ratio", ring.median() / here.median());
      return values;
    }
  }

  /** A step's way, timed. */
  @FunctionalInterface
  private interface Submit {
    StepFuture step(StepBatch batch);
  }

  private static Cost measure(int sequences, int warmUp, int steps)
      throws IOException, InterruptedException {
    PlanOptions options = EchoChild.options(Math.max(2048, sequences), sequences);
    Path memory = Path.of("/dev/shm");
    Path folder =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "quire-bench-")
            : Files.createTempDirectory("quire-bench-");
    Path file = folder.resolve("ring");
    try (Ring ring = Ring.create(file, options, Ring.Sleep.DEFAULT)) {
      EchoChild child = EchoChild.start(file, options);
      try {
        StepClient client = new StepClient(ring, options, VOCABULARY, new Loss(why -> why));
        client.useBlocks(KV_BLOCKS);
        return measure(client, options, batch(options, sequences), warmUp, steps);
      } finally {
        child.close();
      }
    } finally {
      Files.deleteIfExists(folder);
    }
  }

  private static Cost measure(
      StepClient client, PlanOptions options, StepBatch batch, int warmUp, int steps)
      throws InterruptedException {
    try (InstantPlan plan = new InstantPlan(options, VOCABULARY)) {
      block(client::submit, batch, warmUp, new Samples());
      block(plan::submit, batch, warmUp, new Samples());
      Samples there = new Samples();
      Samples here = new Samples();
      for (int done = 0; done < steps; done += BLOCK) {
        block(client::submit, batch, Math.min(BLOCK, steps - done), there);
        block(plan::submit, batch, Math.min(BLOCK, steps - done), here);
      }
      return new Cost(batch.sequences(), there, here, overlapped(client, batch, steps));
    }
  }

  private static StepBatch batch(PlanOptions options, int sequences) {
    StepBatch batch = new StepBatch(options);
    for (int s = 0; s < sequences; s++) {
      batch.addSequence(s, 100 + s % 16);
      batch.addToken(s % VOCABULARY);
      batch.addRow(s, 10, StepBatch.SAMPLE);
      if (s % 16 == 0) {
        batch.addTableUpdate(s, 6, s);
      }
    }
    return batch;
  }

  private static void block(Submit way, StepBatch batch, int steps, Samples micros)
      throws InterruptedException {
    for (int i = 0; i < steps; i++) {
      long begin = System.nanoTime();
      await(way.step(batch));
      micros.add((System.nanoTime() - begin) / 1e3);
    }
  }

  private static double overlapped(StepClient client, StepBatch batch, int steps)
      throws InterruptedException {
    long begin = System.nanoTime();
    StepFuture before = client.submit(batch);
    for (int i = 0; i < steps; i++) {
      StepFuture next = client.submit(batch);
      await(before);
      before = next;
    }
    await(before);
    return (System.nanoTime() - begin) / 1e3 / (steps + 1);
  }

  private static void await(StepFuture step) throws InterruptedException {
    try {
      step.await(LIMIT);
    } catch (TimeoutException e) {
      throw new IllegalStateException("the child process does not answer", e);
    }
  }

  private static void heading(PrintStream out) {
    out.println(
        String.format(
            Locale.ROOT,
            "%9s %14s %9s %13s %20s %9s %9s %7s",
            "sequences",
            "ring median us",
            "p99 us",
            "overlapped us",
            "in-process median us",
            "p99 us",
            "more us",
            "ratio"));
  }

  private static void print(PrintStream out, Cost cost) {
    out.println(
        String.format(
            Locale.ROOT,
            "%9d %14.1f %9.1f %13.1f %20.2f %9.2f %9.1f %7.0f",
            cost.sequences(),
            cost.ring().median(),
            cost.ring().percentile(99),
            cost.overlapped(),
            cost.here().median(),
            cost.here().percentile(99),
            cost.more(),
            cost.ring().median() / cost.here().median()));
  }
}
