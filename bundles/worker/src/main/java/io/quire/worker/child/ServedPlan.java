package io.quire.worker.child;

import io.quire.api.device.Device;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.ModelFile;
import io.quire.worker.control.Message;
import io.quire.worker.ring.Ring;
import io.quire.worker.ring.StepServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A plan, the model it computes, and the thread that runs the parent's steps on it. */
final class ServedPlan {
  private final Plan plan;
  private final PlanOptions options;
  private final ModelFile file;
  private final Ring ring;
  private Optional<Running> running = Optional.empty();

  private record Running(StepServer server, Thread thread) {}

  private ServedPlan(Plan plan, PlanOptions options, ModelFile file, Ring ring) {
    this.plan = plan;
    this.options = options;
    this.file = file;
    this.ring = ring;
  }

  /**
   * Prepares a plan.
   *
   * @param device prepares it
   * @param file the opened model; this plan's to close
   * @param request what is asked for
   * @param sleep how the step thread waits
   * @param progress told how far it is
   * @throws IOException if the ring cannot be mapped
   */
  static ServedPlan prepare(
      Device device,
      ModelFile file,
      Message.Prepare request,
      Ring.Sleep sleep,
      Device.Progress progress)
      throws IOException {
    try {
      Ring ring = Ring.open(Path.of(request.ring()), request.options(), sleep);
      try {
        Plan plan = device.prepare(request.graph(), file.weights(), request.options(), progress);
        return new ServedPlan(plan, request.options(), file, ring);
      } catch (RuntimeException | Error e) {
        ring.close();
        throw e;
      }
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  Plan plan() {
    return plan;
  }

  /** Allocates the KV cache and begins to run steps. */
  void allocate(int blocks) {
    plan.allocateKv(blocks);
    StepServer server = new StepServer(plan, options, ring);
    Thread thread = Thread.ofPlatform().daemon().name("quire-worker-steps").start(server::run);
    running = Optional.of(new Running(server, thread));
  }

  /** Returns when the steps in flight have ended and everything is freed. */
  void close() throws InterruptedException {
    if (running.isPresent()) {
      running.get().server().close();
      running.get().thread().join();
    }
    try {
      plan.close();
    } finally {
      ring.close();
      file.close();
    }
  }
}
