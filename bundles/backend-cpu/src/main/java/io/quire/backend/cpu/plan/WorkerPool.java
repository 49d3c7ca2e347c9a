package io.quire.backend.cpu.plan;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A fixed set of threads that share out a task's pieces. The calling thread takes part, so a pool
 * of one has no threads of its own.
 *
 * <p>Round, number of pieces and next piece share one word: claiming a piece is one
 * compare-and-swap, and a thread that comes late cannot take a piece of a round it has not seen.
 */
final class WorkerPool implements AutoCloseable {
  /** The most pieces of a task. */
  static final int MAX_ITEMS = (1 << 22) - 1;

  private static final int ITEM_BITS = 22;

  /** About 20 microseconds: stages follow each other sooner, and idle threads should not burn. */
  private static final int SPINS = 2000;

  private final AtomicLong claims = new AtomicLong();
  private final AtomicInteger finished = new AtomicInteger();
  private final List<Helper> helpers;
  private final Worker own;
  private Task task;
  private volatile Object failure;
  private volatile boolean closed;
  private long round;

  /**
   * Starts the threads.
   *
   * @param name the start of their names
   * @param workers memory of each thread, the caller's first
   */
  WorkerPool(String name, List<Worker> workers) {
    own = workers.getFirst();
    helpers =
        IntStream.range(1, workers.size())
            .mapToObj(i -> new Helper(name + "-worker-" + i, workers.get(i)))
            .toList();
    helpers.forEach(h -> h.thread.start());
  }

  /** The number of threads, the caller's among them. */
  int threads() {
    return helpers.size() + 1;
  }

  /**
   * Runs all pieces of a task and returns when the last one has ended. One caller at a time.
   *
   * @param work the task; if a piece throws, the others still run, and the first failure is thrown
   * @param items pieces, at most {@link #MAX_ITEMS}
   */
  void run(Task work, int items) {
    if (items <= 1 || helpers.isEmpty()) {
      for (int i = 0; i < items; i++) {
        work.run(i, own);
      }
      return;
    }
    task = work;
    finished.setPlain(0);
    round++;
    claims.set(round << 2 * ITEM_BITS | (long) items << ITEM_BITS);
    for (Helper helper : helpers) {
      helper.wake();
    }
    work(own);
    for (int spins = 0; finished.get() < items; spins++) {
      // A helper that has lost its processor needs one to finish: perhaps this one.
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    if (failure != null) {
      rethrow();
    }
  }

  private void rethrow() {
    Object thrown = failure;
    failure = null;
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  /** Takes pieces until none is left. */
  private void work(Worker worker) {
    for (; ; ) {
      long claim = claims.get();
      int item = next(claim);
      if (item >= items(claim)) {
        return;
      }
      if (claims.compareAndSet(claim, claim + 1)) {
        // The round cannot end before this piece does, so the task is still its own.
        try {
          task.run(item, worker);
        } catch (RuntimeException | Error e) {
          failure = e;
        }
        finished.incrementAndGet();
      }
    }
  }

  private static int next(long claim) {
    return (int) claim & MAX_ITEMS;
  }

  private static int items(long claim) {
    return (int) (claim >>> ITEM_BITS) & MAX_ITEMS;
  }

  @Override
  public void close() {
    closed = true;
    helpers.forEach(Helper::end);
  }

  private final class Helper implements Runnable {
    private final Worker worker;
    private final Thread thread;
    private volatile boolean parked;

    Helper(String name, Worker worker) {
      this.worker = worker;
      thread = new Thread(this, name);
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      while (!closed) {
        work(worker);
        await();
      }
    }

    private void await() {
      for (int i = 0; i < SPINS; i++) {
        if (pending()) {
          return;
        }
        Thread.onSpinWait();
      }
      parked = true;
      while (!closed && !pending()) {
        LockSupport.park(WorkerPool.this);
      }
      parked = false;
    }

    private boolean pending() {
      long claim = claims.get();
      return next(claim) < items(claim);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(thread);
      }
    }

    void end() {
      LockSupport.unpark(thread);
      Threads.join(thread);
    }
  }
}
