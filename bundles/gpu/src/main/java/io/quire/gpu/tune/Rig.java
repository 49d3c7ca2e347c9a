package io.quire.gpu.tune;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.StagingBuffer;
import io.quire.gpu.kernel.Arguments;
import io.quire.gpu.kernel.BoundProgram;
import io.quire.gpu.kernel.KernelProgram;
import io.quire.gpu.kernel.Sizes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A workload in device memory, on a queue of its own, on which programs of one operation and shape
 * are run and timed. One thread.
 */
final class Rig implements AutoCloseable {
  private static final long PIECE = 8L << 20;
  private static final int MOST_SETS = 16;
  private static final int MOST_LAUNCHES = 500;
  private static final int LEAST_SAMPLES = 3;
  private static final long LIMIT = TimeUnit.MINUTES.toNanos(2);

  private final DeviceDriver driver;
  private final Workload work;
  private final Sizes sizes;
  private final Effort effort;
  private final LongSupplier clock;
  private final CommandQueue queue;
  private final List<Map<String, DeviceBuffer>> sets = new ArrayList<>();

  /**
   * Allocates and fills memory.
   *
   * @throws DeviceException if there is not enough
   */
  Rig(DeviceDriver driver, Workload work, Effort effort, LongSupplier clock) {
    this.driver = driver;
    this.work = work;
    this.effort = effort;
    this.clock = clock;
    sizes = Sizes.of(work.sizes());
    queue = driver.queue();
    try {
      long count = Math.clamp(effort.spreadBytes() / Math.max(1, work.memory()), 1, MOST_SETS);
      for (int i = 0; i < count; i++) {
        sets.add(new LinkedHashMap<>());
        fill(sets.getLast(), i);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void fill(Map<String, DeviceBuffer> set, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    work.arguments()
        .forEach((name, argument) -> {
          if (argument instanceof Workload.Argument.Memory(var bytes, var content)) {
            DeviceBuffer buffer = set.computeIfAbsent(name, n -> driver.allocate(bytes));
            try (Arena arena = Arena.ofConfined()) {
              MemorySegment filled = arena.allocate(bytes, Long.BYTES);
              content.fill(filled, random);
              upload(filled, buffer);
            }
          }
        });
  }

  private void upload(MemorySegment from, DeviceBuffer to) {
    long piece = Math.min(PIECE, from.byteSize());
    try (StagingBuffer staging = driver.allocateStaging(piece)) {
      for (long at = 0; at < from.byteSize(); at += piece) {
        long bytes = Math.min(piece, from.byteSize() - at);
        MemorySegment.copy(from, at, staging.segment(), 0, bytes);
        queue.upload(staging, 0, to, at, bytes);
        finish();
      }
    }
  }

  private void finish() {
    if (!queue.fence().await(LIMIT)) {
      throw new DeviceException(
          "device "
              + driver.info().id()
              + " has not finished a launch after "
              + TimeUnit.NANOSECONDS.toSeconds(LIMIT)
              + " s");
    }
  }

  /**
   * Runs a program once on fresh inputs.
   *
   * @return what it computed, in the order of the workload's results; memory of the garbage
   *     collector's
   */
  List<MemorySegment> results(KernelProgram program) {
    fill(sets.getFirst(), 0);
    List<DeviceBuffer> scratch = new ArrayList<>();
    try {
      Arguments arguments = arguments(sets.getFirst());
      scratch.addAll(program.allocateScratch(driver, queue, sizes, arguments));
      program.bind(arguments).launch(queue, sizes);
      List<MemorySegment> results = new ArrayList<>();
      for (Workload.Result result : work.results()) {
        results.add(download(sets.getFirst().get(result.argument())));
      }
      return results;
    } finally {
      scratch.forEach(DeviceBuffer::close);
    }
  }

  private Arguments arguments(Map<String, DeviceBuffer> set) {
    Arguments arguments = new Arguments();
    work.arguments()
        .forEach((name, argument) -> {
          switch (argument) {
            case Workload.Argument.Memory memory -> arguments.buffer(name, set.get(name));
            case Workload.Argument.Whole(var value) -> arguments.number(name, value);
            case Workload.Argument.Single(var value) -> arguments.number(name, value);
          }
        });
    return arguments;
  }

  private MemorySegment download(DeviceBuffer from) {
    MemorySegment result = Arena.ofAuto().allocate(from.bytes(), Long.BYTES);
    long piece = Math.min(PIECE, from.bytes());
    try (StagingBuffer staging = driver.allocateStaging(piece)) {
      for (long at = 0; at < from.bytes(); at += piece) {
        long bytes = Math.min(piece, from.bytes() - at);
        queue.download(from, at, staging, 0, bytes);
        finish();
        MemorySegment.copy(staging.segment(), 0, result, at, bytes);
      }
    }
    return result;
  }

  /**
   * Times a program: after a launch on every set of inputs, samples of some launches each, the sets
   * in turn, from the first call to the fence behind the last one. Where the device can capture, a
   * sample is replayed, so that calls cost little.
   *
   * @param program for the workload's operation and shape
   * @param giveUpNanos a first sample whose launches take longer is the only one
   * @return the times
   */
  Timing time(KernelProgram program, double giveUpNanos) {
    List<DeviceBuffer> scratch = new ArrayList<>();
    try {
      BoundProgram[] bound = bind(program, scratch);
      for (BoundProgram each : bound) {
        each.launch(queue, sizes);
      }
      finish();
      long once = once(bound[0]);
      int launches = Math.clamp(effort.sampleNanos() / once, 1, MOST_LAUNCHES);
      Runnable work =
          () -> {
            for (int i = 0; i < launches; i++) {
              bound[i % bound.length].launch(queue, sizes);
            }
          };
      Optional<CommandQueue.CapturedGraph> graph =
          launches > 1 ? queue.capture(work) : Optional.empty();
      try {
        Runnable sample = graph.<Runnable>map(captured -> captured::replay).orElse(work);
        return timing(samples(sample, launches, giveUpNanos), launches);
      } finally {
        graph.ifPresent(CommandQueue.CapturedGraph::close);
      }
    } finally {
      scratch.forEach(DeviceBuffer::close);
    }
  }

  private BoundProgram[] bind(KernelProgram program, List<DeviceBuffer> scratch) {
    Map<String, DeviceBuffer> named = new HashMap<>();
    BoundProgram[] bound = new BoundProgram[sets.size()];
    for (int i = 0; i < bound.length; i++) {
      Arguments arguments = arguments(sets.get(i));
      if (i == 0) {
        List<KernelProgram.Scratch> pieces = program.scratch(sizes, arguments);
        scratch.addAll(program.allocateScratch(driver, queue, sizes, arguments));
        for (int p = 0; p < pieces.size(); p++) {
          named.put(pieces.get(p).name(), scratch.get(p));
        }
      }
      named.forEach(arguments::buffer);
      bound[i] = program.bind(arguments);
    }
    return bound;
  }

  private long once(BoundProgram program) {
    long start = clock.getAsLong();
    program.launch(queue, sizes);
    finish();
    return Math.max(1, clock.getAsLong() - start);
  }

  private double[] samples(Runnable sample, int launches, double giveUpNanos) {
    double[] samples = new double[effort.samples()];
    long begin = clock.getAsLong();
    for (int i = 0; i < samples.length; i++) {
      long start = clock.getAsLong();
      if (i >= LEAST_SAMPLES && start - begin > effort.budgetNanos()) {
        return Arrays.copyOf(samples, i);
      }
      sample.run();
      finish();
      samples[i] = (double) (clock.getAsLong() - start) / launches;
      if (samples[0] > giveUpNanos) {
        return Arrays.copyOf(samples, 1);
      }
    }
    return samples;
  }

  private Timing timing(double[] samples, int launches) {
    double[] sorted = samples.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Timing(median, sorted[0], sorted.length, launches, work.bytes(), work.operations());
  }

  @Override
  public void close() {
    try {
      sets.forEach(set -> set.values().forEach(DeviceBuffer::close));
    } finally {
      queue.close();
    }
  }
}
