package io.quire.worker;

import io.quire.api.device.DeviceException;
import io.quire.api.device.KvLayout;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.worker.control.Message;
import io.quire.worker.ring.Ring;
import io.quire.worker.ring.StepClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** A plan in a child process: steps go through its ring, everything else over the channel. */
final class WorkerPlan implements Plan {
  private final long number;
  private final KvLayout layout;
  private final Ring ring;
  private final StepClient steps;
  private final WorkerDevice.Line line;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CompletableFuture<Void> waking;

  WorkerPlan(long number, KvLayout layout, Ring ring, StepClient steps, WorkerDevice.Line line) {
    this.number = number;
    this.layout = layout;
    this.ring = ring;
    this.steps = steps;
    this.line = line;
    waking = line.loss().happened().thenRun(steps::wake);
  }

  @Override
  public KvLayout kvLayout() {
    return layout;
  }

  @Override
  public long kvMemory() {
    requireOpen();
    Message.Reply reply =
        line.child().ask(new Message.KvMemory(line.child().number(), number), WorkerPlan::ignore);
    return reply instanceof Message.Done done ? done.value() : 0;
  }

  @Override
  public void allocateKv(int blocks) {
    requireOpen();
    line.child()
        .ask(new Message.AllocateKv(line.child().number(), number, blocks), WorkerPlan::ignore);
    steps.useBlocks(blocks);
    line.heartbeats().add(ring);
  }

  private static void ignore(String stage, long done, long total) {
    // These requests tell no progress.
  }

  private void requireOpen() {
    line.loss().check();
    if (closed.get()) {
      throw new LostDeviceException("the plan is closed");
    }
  }

  @Override
  public StepFuture submit(StepBatch batch) {
    return steps.submit(batch);
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      if (!line.loss().isLost()) {
        line.child().ask(new Message.ClosePlan(line.child().number(), number), line.leave());
      }
    } catch (LostDeviceException | DeviceException expected) {
      // Then it is closed by the end of its process.
    } finally {
      waking.cancel(false);
      line.heartbeats().remove(ring);
      steps.close();
      ring.close();
    }
  }
}
