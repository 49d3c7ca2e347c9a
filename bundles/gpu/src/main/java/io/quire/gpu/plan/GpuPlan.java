package io.quire.gpu.plan;

import io.quire.api.device.BatchCheck;
import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.KvLayout;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A model on a device: weights, memory and kernels in place. A step is a number of launches on one
 * queue; nothing is waited for until its results are asked for. Kernels that got better are taken
 * over between two steps; the cache stays.
 */
final class GpuPlan implements Plan {
  private static final int IN_FLIGHT = 2;

  /**
   * Of memory that is also the host's: what is left to it, and the most that is offered unasked.
   */
  private static final long HOST_RESERVE = 512L << 20;

  private static final long HOST_MOST = 2L << 30;
  private static final long CLOSE_LIMIT = TimeUnit.SECONDS.toNanos(60);

  private final Prepared parts;
  private final Prepared.Model model;
  private final PlanOptions options;
  private final GpuOptions gpu;
  private final Device.Progress progress;
  private final String device;
  private final BatchCheck check;
  private final Launches launches;
  private final Flight[] flights = new Flight[IN_FLIGHT];
  private final StepOutput[] outputs = new StepOutput[IN_FLIGHT];
  private final List<PendingStep> latest = new ArrayList<>();

  /** Kernels that no later step uses, and at which step nobody runs them any more. */
  private final List<Retired> retired = new ArrayList<>();

  private Optional<Running> running = Optional.empty();
  private long submitted;
  private int previousRows;
  private boolean closed;
  private Optional<LostDeviceException> lost = Optional.empty();

  private record Retired(List<AutoCloseable> things, long at) {}

  /** What there is once the cache is allocated. */
  private record Running(KernelSet kernels, DecodeGraphs graphs, Refresh refresh) {}

  /**
   * Makes a plan without a cache.
   *
   * @param parts what it consists of; it closes them
   * @param options its sizes
   * @param gpu how it executes
   * @param progress told how far {@link #allocateKv} is
   */
  GpuPlan(Prepared parts, PlanOptions options, GpuOptions gpu, Device.Progress progress) {
    this.parts = parts;
    this.options = options;
    this.gpu = gpu;
    this.progress = progress;
    model = parts.model();
    device = parts.memory().driver().info().id();
    check =
        new BatchCheck(options, model.vocabulary(), SamplingState.MAX_ENDS, SamplingState.MAX_BIAS);
    launches = new Launches(parts);
    long bytes = Math.multiplyExact(model.results().bytes(true), model.rounds(options.maxRows()));
    for (int i = 0; i < IN_FLIGHT; i++) {
      flights[i] = new Flight(parts.memory(), model.area().words, bytes);
      outputs[i] = new StepOutput(options);
    }
  }

  @Override
  public KvLayout kvLayout() {
    return parts.kv().layout();
  }

  @Override
  public long kvMemory() {
    DeviceDriver driver = parts.memory().driver();
    long free = driver.freeMemory();
    boolean shared = Boolean.TRUE.equals(driver.info().properties().get(DeviceInfo.MEMORY_SHARED));
    long most = shared ? Math.clamp(free - HOST_RESERVE, 0, HOST_MOST) : free;
    // The cache has one block more than is asked for.
    return Math.max(0, most - kvLayout().blockBytes());
  }

  @Override
  public void allocateKv(int blocks) {
    if (blocks < 1 || parts.kv().blocks() > 0) {
      throw new DeviceException(
          "a KV cache of "
              + blocks
              + " blocks was asked for; it takes at least 1 and is allocated once, and now has "
              + parts.kv().blocks());
    }
    parts.kv().allocate(parts.memory(), blocks);
    try {
      running = Optional.of(start());
    } catch (RuntimeException e) {
      parts.kv().close();
      throw e;
    }
  }

  private Running start() {
    DecodeGraphs graphs = new DecodeGraphs(parts, options, launches, flights, gpu.capture());
    KernelSets sets = new KernelSets(parts.memory().driver(), model, parts.kv());
    KernelSet kernels = sets.make(parts.programs(), Optional.empty());
    try {
      launches.warmUp(kernels, flights[0]);
      graphs.captureAll(kernels, progress);
      Refresh refresh = new Refresh(parts.compiler(), sets, device, kernels);
      return new Running(kernels, graphs, refresh);
    } catch (RuntimeException e) {
      graphs.clear().forEach(Closing::one);
      kernels.scratch().buffers().forEach(Closing::one);
      throw e;
    }
  }

  @Override
  public StepFuture submit(StepBatch batch) {
    requireSound();
    int turn = (int) (submitted % IN_FLIGHT);
    if (latest.size() > turn && !latest.get(turn).isDone()) {
      throw new DeviceException(
          "a third step was submitted while two are in flight. Await the first one before.");
    }
    check.check(batch, previousRows, parts.kv().blocks());
    model.table().apply(batch);
    try {
      takeKernels();
      PendingStep pending = queue(batch, turn, running.orElseThrow());
      if (latest.size() > turn) {
        latest.set(turn, pending);
      } else {
        latest.add(pending);
      }
      submitted++;
      previousRows = batch.rows();
      return pending;
    } catch (RuntimeException e) {
      // Part of the step may be queued and part of the batch applied: nothing fits any more.
      lost = Optional.of(new LostDeviceException("device " + device + ": a step failed: " + e, e));
      throw lost.get();
    }
  }

  private void requireSound() {
    if (closed) {
      throw new LostDeviceException("device " + device + ": the plan is closed");
    }
    if (lost.isPresent()) {
      throw new LostDeviceException(lost.get().getMessage(), lost.get().getCause());
    }
  }

  /** Takes over what {@link Refresh} offers, and closes what no step uses any more. */
  private void takeKernels() {
    while (!retired.isEmpty() && retired.getFirst().at() <= submitted) {
      retired.removeFirst().things().forEach(Closing::one);
    }
    Running now = running.orElseThrow();
    Optional<KernelSet> better = now.refresh().take();
    if (better.isPresent()) {
      KernelSet next = better.get();
      if (next.scratch() != now.kernels().scratch()) {
        next.scratch().clear(parts.memory().queue());
      }
      running = Optional.of(new Running(next, now.graphs(), now.refresh()));
      // Graphs launch the old ones and go before them. The step before this one may still run them;
      // it has ended when the next but one is submitted.
      List<AutoCloseable> old = now.graphs().clear();
      old.addAll(now.kernels().without(Stream.of(next)));
      retired.add(new Retired(old, submitted + IN_FLIGHT));
    }
  }

  /** Returns when the next step will run the kernels that are best now. */
  void settle() {
    running.orElseThrow().refresh().settle();
  }

  private PendingStep queue(StepBatch batch, int turn, Running now) {
    Flight flight = flights[turn];
    flight.begin();
    launches.begin(batch, flight, now.kernels());
    boolean alternatives = model.sampling().alternatives(batch);
    boolean replayed = now.graphs().replay(batch, turn, alternatives);
    if (!replayed) {
      launches.any(batch, flight, now.kernels(), alternatives);
    }
    PendingStep pending =
        new PendingStep(
            parts.memory().queue().fence(),
            model.results(),
            flight.down().segment(),
            batch.rows(),
            model.round(),
            outputs[turn]);
    if (!replayed) {
      now.graphs().captureFor(batch, turn, alternatives, now.kernels());
    }
    return pending;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    running.ifPresent(now -> now.refresh().close());
    for (PendingStep pending : latest) {
      try {
        pending.end(CLOSE_LIMIT);
      } catch (LostDeviceException expected) {
        // Nothing runs on a lost device.
      }
    }
    running.ifPresent(now -> now.graphs().clear().forEach(Closing::one));
    for (Flight flight : flights) {
      Closing.one(flight);
    }
    retired.forEach(each -> each.things().forEach(Closing::one));
    Set<AutoCloseable> kernels = new HashSet<>();
    parts.programs().values().forEach(program -> kernels.add(program.kernels()));
    running.map(now -> now.kernels().parts()).orElse(kernels).forEach(Closing::one);
    parts.kv().close();
    Closing.one(parts.memory());
    Closing.one(parts.memory().queue());
  }
}
