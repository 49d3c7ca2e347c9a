package io.quire.core.engine;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.LongSupplier;

/**
 * The way of output batches from the loop to the output side and back. At most {@link #MOST} are on
 * their way; then the loop waits, since tokens that nobody takes would fill the memory.
 */
final class HandOver {
  private static final int MOST = 1024;

  private final BlockingQueue<OutputBatch> filled = new ArrayBlockingQueue<>(MOST + 1);
  private final BlockingQueue<OutputBatch> free = new ArrayBlockingQueue<>(MOST + 1);
  private final LongSupplier clock;
  private OutputBatch current = new OutputBatch();
  private int made = 1;

  HandOver(LongSupplier clock) {
    this.clock = clock;
  }

  /** {@return the batch that the loop is filling} */
  OutputBatch current() {
    return current;
  }

  /** Sends what the loop has filled in. */
  void flush() {
    if (current.size() > 0) {
      send();
    }
  }

  /** Sends the rest, and that nothing follows. */
  void finish() {
    current.last = true;
    send();
  }

  private void send() {
    current.nanos = clock.getAsLong();
    filled.add(current);
    current = free.poll();
    if (current == null) {
      current = made < MOST ? new OutputBatch() : uninterruptedTake(free);
      made++;
    }
  }

  /** {@return the next batch, waiting for it} */
  OutputBatch take() {
    return uninterruptedTake(filled);
  }

  /** {@return the next batch, or null if there is none now} */
  OutputBatch poll() {
    return filled.poll();
  }

  void recycle(OutputBatch batch) {
    batch.clear();
    free.add(batch);
  }

  private static OutputBatch uninterruptedTake(BlockingQueue<OutputBatch> queue) {
    boolean interrupted = false;
    while (true) {
      try {
        OutputBatch batch = queue.take();
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
        return batch;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }
}
