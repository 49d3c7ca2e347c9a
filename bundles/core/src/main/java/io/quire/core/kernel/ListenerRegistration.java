package io.quire.core.kernel;

import io.quire.api.kernel.KernelRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A listener that may be closed from any thread. No lock is held during a call, so listeners may
 * use the registry and may be called by several threads at once; closing waits for the calls of
 * other threads to end.
 */
final class ListenerRegistration implements KernelRegistry.Registration {
  private static final System.Logger LOG = System.getLogger(ListenerRegistration.class.getName());

  private final KernelRegistry.Listener listener;
  private final Runnable onClose;
  private final List<Thread> callers = new ArrayList<>();
  private boolean closed;

  ListenerRegistration(KernelRegistry.Listener listener, Consumer<ListenerRegistration> onClose) {
    this.listener = listener;
    this.onClose = () -> onClose.accept(this);
  }

  /**
   * Calls the listener unless it is closed. What it throws is logged.
   *
   * @param op the op that changed
   */
  void call(String op) {
    if (!enter()) {
      return;
    }
    try {
      listener.changed(op);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "A listener failed at a change of " + op, e);
    } finally {
      leave();
    }
  }

  private synchronized boolean enter() {
    if (!closed) {
      callers.add(Thread.currentThread());
    }
    return !closed;
  }

  private synchronized void leave() {
    callers.remove(Thread.currentThread());
    notifyAll();
  }

  /**
   * Ends the calls. Returns when those under way on other threads have returned; a listener that
   * closes itself does not wait, as two threads in it would wait for each other.
   */
  @Override
  public void close() {
    onClose.run();
    boolean interrupted = false;
    synchronized (this) {
      closed = true;
      while (!callers.isEmpty() && !callers.contains(Thread.currentThread())) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
