package io.quire.core.engine;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Commands on their way to the loop, from any thread. Admission bounds it: a request sends itself
 * once, one cancel, and one end per choice, and no more requests are let in than may wait.
 */
final class Mailbox {
  private final Queue<Command> commands = new ConcurrentLinkedQueue<>();
  private volatile Thread reader;

  void post(Command command) {
    commands.add(command);
    LockSupport.unpark(reader);
  }

  /** {@return the oldest command, or null if there is none} */
  Command poll() {
    return commands.poll();
  }

  boolean isEmpty() {
    return commands.isEmpty();
  }

  /** The calling thread is the reader, and is woken by whatever is posted from now on. */
  void attach() {
    reader = Thread.currentThread();
  }

  /** Waits until there is a command, the time is over, or for no reason at all. */
  void park(long nanos) {
    if (isEmpty()) {
      LockSupport.parkNanos(this, nanos);
    }
  }
}
