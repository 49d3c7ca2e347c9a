package io.quire.backend.cpu.plan;

import io.quire.api.device.BatchCheck;
import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.KvLayout;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A model on the cores of this machine. Steps run on a thread of the plan's own, which shares their
 * work with a fixed pool.
 */
public final class CpuPlan implements Plan {
  private static final int IN_FLIGHT = 2;

  private final String name;
  private final BatchCheck check;
  private final KvCache cache;
  private final StepRunner runner;
  private final WorkerPool pool;
  private final Thread thread;
  private final BlockingQueue<PendingStep> queue = new LinkedBlockingQueue<>();
  private final StepOutput[] outputs = new StepOutput[IN_FLIGHT];
  private final PendingStep[] latest = new PendingStep[IN_FLIGHT];
  private final NativeMemory memory = new NativeMemory();
  private long submitted;
  private int previousRows;
  private boolean closed;
  private volatile LostDeviceException lost;

  /**
   * Prepares a model.
   *
   * @param name the device's id, for thread names and messages
   * @param kernels the arithmetic
   * @param threads how many compute, at least 1
   * @param graph the model
   * @param weights its tensors
   * @param options sizes
   * @param progress told of stages done
   * @throws DeviceException if the graph cannot run or memory is short
   */
  public CpuPlan(
      String name,
      Kernels kernels,
      int threads,
      ModelGraph graph,
      Weights weights,
      PlanOptions options,
      Device.Progress progress) {
    this(name, kernels, threads, graph, weights, options, progress, (row, logits, at) -> {});
  }

  CpuPlan(
      String name,
      Kernels kernels,
      int threads,
      ModelGraph graph,
      Weights weights,
      PlanOptions options,
      Device.Progress progress,
      StepRunner.LogitsTap tap) {
    this.name = name;
    check = new BatchCheck(options, graph.vocabularySize());
    List<Worker> workers = new ArrayList<>();
    Compiler.Compiled compiled;
    try {
      compiled = new Compiler(graph, weights, options, kernels).compile(progress);
      for (int i = 0; i < threads; i++) {
        workers.add(new Worker(compiled.sizes(), kernels));
      }
      for (int i = 0; i < outputs.length; i++) {
        outputs[i] = new StepOutput(options);
      }
    } catch (OutOfMemoryError e) {
      throw new DeviceException(
          "the Java heap of "
              + Runtime.getRuntime().maxMemory()
              + " bytes is too small for steps of "
              + options.maxTokens()
              + " tokens. Lower max-num-batched-tokens or raise -Xmx.",
          e);
    }
    cache = compiled.cache();
    pool = new WorkerPool("quire-" + name, workers);
    runner = new StepRunner(compiled, graph.vocabularySize(), options, pool, tap);
    thread = new Thread(this::loop, "quire-" + name + "-plan");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public KvLayout kvLayout() {
    return cache.layout();
  }

  @Override
  public long kvMemory() {
    return NativeMemory.spare();
  }

  @Override
  public void allocateKv(int blocks) {
    if (blocks < 1 || cache.blocks() > 0) {
      throw new DeviceException(
          "a KV cache of "
              + blocks
              + " blocks was asked for; it takes at least 1 and is allocated once, and now has "
              + cache.blocks());
    }
    cache.allocate(memory, blocks);
  }

  @Override
  public StepFuture submit(StepBatch batch) {
    requireSound();
    PendingStep before = latest[(int) (submitted % IN_FLIGHT)];
    if (before != null && !before.isDone()) {
      throw new DeviceException(
          "a third step was submitted while two are in flight. Await the first one before.");
    }
    check.check(batch, previousRows, cache.blocks());
    int turn = (int) (submitted++ % IN_FLIGHT);
    PendingStep step = new PendingStep(batch, outputs[turn]);
    latest[turn] = step;
    previousRows = batch.rows();
    queue.add(step);
    return step;
  }

  private void requireSound() {
    if (closed) {
      throw new LostDeviceException("device " + name + ": the plan is closed");
    }
    if (lost != null) {
      throw new LostDeviceException(lost.getMessage(), lost.getCause());
    }
  }

  private void loop() {
    boolean open = true;
    while (open) {
      try {
        PendingStep step = queue.take();
        open = step != PendingStep.END;
        if (open) {
          run(step);
        }
      } catch (InterruptedException e) {
        // Nobody interrupts this thread for a reason; it ends by the last step of its queue.
        Thread.interrupted();
      }
    }
  }

  private void run(PendingStep step) {
    if (lost == null) {
      try {
        runner.run(step.batch(), step.output());
      } catch (RuntimeException | Error e) {
        lost = new LostDeviceException("device " + name + ": a step failed with " + e, e);
      }
    }
    step.end(lost);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    queue.add(PendingStep.END);
    Threads.join(thread);
    pool.close();
    memory.close();
  }
}
