package io.quire.http.exchange;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Looks after the clients of requests in progress: one that has gone ends its generation, one that
 * has accepted no byte for too long is cut off. One virtual thread, which exists only while there
 * is something to look at.
 */
public final class ClientWatch {
  private static final System.Logger LOG = System.getLogger(ClientWatch.class.getName());
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** The table grows with the connections: looking may take at most one part in this many. */
  private static final int SHARE = 20;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Exchange> watched = new HashSet<>();
  private boolean running;

  /** Creates it; nothing runs yet. */
  public ClientWatch() {}

  void add(Exchange exchange) {
    lock.lock();
    try {
      watched.add(exchange);
      if (!running) {
        running = true;
        Thread.ofVirtual().name("quire-http-watch").start(this::run);
      }
    } finally {
      lock.unlock();
    }
  }

  void remove(Exchange exchange) {
    lock.lock();
    try {
      watched.remove(exchange);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    long pause = PAUSE_NANOS;
    while (true) {
      List<Exchange> now = await(pause);
      if (now.isEmpty()) {
        return;
      }
      long start = System.nanoTime();
      Map<String, Boolean> table = SocketTable.read();
      now.forEach(exchange -> look(exchange, table));
      pause = Math.max(PAUSE_NANOS, SHARE * (System.nanoTime() - start));
    }
  }

  private static void look(Exchange exchange, Map<String, Boolean> table) {
    try {
      exchange.look(table);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "a client could not be looked after", e);
    }
  }

  /** Waits for the pause, or until nothing is watched; then the thread ends. */
  private List<Exchange> await(long pause) {
    lock.lock();
    try {
      long left = pause;
      while (left > 0 && !watched.isEmpty()) {
        left = changed.awaitNanos(left);
      }
      running = !watched.isEmpty();
      return List.copyOf(watched);
    } catch (InterruptedException e) {
      running = false;
      return List.of();
    } finally {
      lock.unlock();
    }
  }
}
