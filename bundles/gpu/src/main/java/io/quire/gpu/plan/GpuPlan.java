package io.quire.gpu.plan;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.KvLayout;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.gpu.kernel.Sizes;
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
  private final String device;
  private final BatchCheck check;
  private final BoundStage.Step step;
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

  private record Retired(Set<AutoCloseable> things, long at) {}

  /** What there is once the cache is allocated. */
  private record Running(KernelSet kernels, Refresh refresh) {}

  GpuPlan(Prepared parts, PlanOptions options) {
    this.parts = parts;
    this.options = options;
    model = parts.model();
    device = parts.memory().driver().info().id();
    check = new BatchCheck(options, model.vocabulary());
    step = new BoundStage.Step(parts.memory().queue());
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
    boolean shared = Boolean.TRUE.equals(driver.info().properties().get(Preparation.SHARED));
    return shared ? Math.clamp(free - HOST_RESERVE, 0, HOST_MOST) : free;
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
      KernelSets sets = new KernelSets(parts.memory().driver(), model, parts.kv());
      KernelSet kernels = sets.make(parts.programs(), Optional.empty());
      try {
        warmUp(kernels);
      } catch (RuntimeException e) {
        kernels.scratch().buffers().forEach(Closing::one);
        throw e;
      }
      running =
          Optional.of(new Running(kernels, new Refresh(parts.compiler(), sets, device, kernels)));
    } catch (RuntimeException e) {
      parts.kv().close();
      throw e;
    }
  }

  /** One token of a sequence of one, whose results nobody reads. */
  private void warmUp(KernelSet kernels) {
    kernels.scratch().clear(step.queue);
    Flight flight = flights[0];
    flight.put(model.area().queryStart + 1, 1);
    flight.put(model.area().seqLens, 1);
    flight.upload(model.area(), model.area().words);
    kernels.warmUp(step);
    parts.memory().finish("run its kernels once");
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
      PendingStep pending = queue(batch, flights[turn], outputs[turn], takeKernels());
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
  private KernelSet takeKernels() {
    while (!retired.isEmpty() && retired.getFirst().at() <= submitted) {
      retired.removeFirst().things().forEach(Closing::one);
    }
    Running now = running.orElseThrow();
    Optional<KernelSet> better = now.refresh().take();
    if (better.isPresent()) {
      KernelSet next = better.get();
      if (next.scratch() != now.kernels().scratch()) {
        next.scratch().clear(step.queue);
      }
      running = Optional.of(new Running(next, now.refresh()));
      // The step before this one may still run the old ones; it has ended when the next but one is
      // submitted.
      retired.add(new Retired(now.kernels().without(Stream.of(next)), submitted + IN_FLIGHT));
      return next;
    }
    return now.kernels();
  }

  /** Returns when the next step will run the kernels that are best now. */
  void settle() {
    running.orElseThrow().refresh().settle();
  }

  private PendingStep queue(StepBatch batch, Flight flight, StepOutput output, KernelSet kernels) {
    flight.begin();
    step.sizes.set(Sizes.TOKENS, Math.max(1, batch.tokens()));
    step.sizes.set(Sizes.SEQS, Math.max(1, batch.sequences()));
    step.singles = batch.tokens() == batch.sequences();
    for (int i = 0; i < batch.copyCount(); i++) {
      parts.kv().copy(parts.memory(), batch.copies()[2 * i], batch.copies()[2 * i + 1]);
    }
    model.area().fill(flight, batch, model.table(), model.round());
    flight.upload(model.area(), model.area().words);
    updateTable(batch, flight, kernels);
    for (SlotAssignment assignment : batch.assignments()) {
      model.sampling().assign(assignment, flight, a -> assign(a, flight, kernels));
    }
    if (batch.tokens() > 0) {
      step.rows = batch.tokens();
      kernels.resolve().run(step);
      run(kernels.tokens());
    }
    boolean alternatives = wantsAlternatives(batch);
    for (int from = 0; from < batch.rows(); from += model.round()) {
      queueRows(batch, from, alternatives, flight, kernels);
    }
    return new PendingStep(
        step.queue.fence(),
        model.results(),
        flight.down().segment(),
        batch.rows(),
        model.round(),
        output);
  }

  private void run(BoundStage[] stages) {
    for (BoundStage stage : stages) {
      stage.run(step);
    }
  }

  private void updateTable(StepBatch batch, Flight flight, KernelSet kernels) {
    int count = batch.tableUpdateCount();
    StepArea area = model.area();
    for (int from = 0; from < count; from += StepArea.UPDATES) {
      int part = Math.min(StepArea.UPDATES, count - from);
      if (from > 0) {
        flight.upload(batch.tableUpdates(), 3 * from, 3 * part, area.buffer(), 4L * area.updates);
      }
      step.rows = 1;
      step.sizes.set(Sizes.N, part);
      kernels.update().run(step);
    }
  }

  private void assign(SlotAssignment a, Flight flight, KernelSet kernels) {
    flight.upload(a.tokens(), 0, a.length(), model.assigned(), 0);
    kernels.assign().program().setInt("slot", a.slot());
    kernels.assign().program().setInt("prompt_length", a.promptLength());
    step.rows = 1;
    step.sizes.set(Sizes.N, a.length());
    kernels.assign().run(step);
  }

  private boolean wantsAlternatives(StepBatch batch) {
    for (int r = 0; r < batch.rows(); r++) {
      if (model.sampling().alternatives(batch.rowSlots()[r]) > 0) {
        return true;
      }
    }
    return false;
  }

  /** A round of rows: logits, tokens, and the copy of what came out. */
  private void queueRows(
      StepBatch batch, int from, boolean alternatives, Flight flight, KernelSet kernels) {
    int count = Math.min(model.round(), batch.rows() - from);
    if (from > 0) {
      model.area().uploadRows(flight, batch, from, count);
    }
    step.rows = count;
    run(kernels.logits());
    step.rows = count;
    kernels.sample().run(step);
    Results results = model.results();
    if (results.apart()) {
      step.queue.copy(results.buffer(), 0, results.sampled(), 4L * from, 4L * count);
    }
    long at = from / model.round() * results.bytes(true);
    step.queue.download(results.buffer(), 0, flight.down(), at, results.bytes(alternatives));
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
    for (Flight flight : flights) {
      Closing.one(flight);
    }
    retired.forEach(each -> each.things().forEach(Closing::one));
    Set<AutoCloseable> kernels = new HashSet<>();
    parts.programs().values().forEach(program -> kernels.add(program.kernels()));
    running.map(now -> now.kernels().parts()).orElse(kernels).forEach(Closing::one);
    parts.kv().close();
    Closing.one(parts.memory());
    Closing.one(step.queue);
  }
}
