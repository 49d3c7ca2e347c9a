package io.quire.worker.ring;

import io.quire.api.device.PlanOptions;
import io.quire.worker.fake.FakePlan;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Both sides of a ring in one process, the child's on a thread. */
final class RingPair implements AutoCloseable {
  final Loss loss = new Loss(why -> why);
  final Ring parent;
  final Ring child;
  final StepClient client;
  final FakePlan plan;
  private final StepServer server;
  private final Thread thread;

  /**
   * Makes a ring and serves it.
   *
   * @param folder where
   * @param options the plan's sizes
   * @param sleep how both sides wait
   * @param first value of all counters
   */
  RingPair(Path folder, PlanOptions options, Ring.Sleep sleep, int first) throws IOException {
    Path file = folder.resolve("ring");
    parent = Ring.create(file, options, sleep);
    for (long counter : new long[] {RingLayout.WRITTEN, RingLayout.READ, RingLayout.ENDED}) {
      parent.memory.set(ValueLayout.JAVA_INT, counter, first);
    }
    child = Ring.open(file, options, sleep);
    plan = new FakePlan(options);
    client = new StepClient(parent, options, FakePlan.VOCABULARY, loss);
    client.useBlocks(RandomBatches.BLOCKS);
    server = new StepServer(plan, options, child);
    thread = Thread.ofPlatform().daemon().name("child").start(server::run);
  }

  Thread thread() {
    return thread;
  }

  /** Ends the child's thread. */
  void stop() {
    server.close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException("the test has taken too long", e);
    }
  }

  @Override
  public void close() {
    stop();
    client.close();
    parent.close();
    child.close();
  }
}
