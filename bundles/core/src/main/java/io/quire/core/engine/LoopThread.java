package io.quire.core.engine;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Supplier;

/** Drives the loop until it is stopped, and sleeps while there is nothing to do. */
final class LoopThread implements Runnable {
  private static final Logger LOG = System.getLogger(LoopThread.class.getName());

  /** Requests that wait for a device are looked at this often. */
  private static final long SLEEP_NANOS = 1_000_000_000L;

  private final EngineLoop loop;
  private final Mailbox mailbox;
  private final LoopStatus status;
  private final Supplier<Iterable<ActiveRequest>> requests;

  LoopThread(
      EngineLoop loop,
      Mailbox mailbox,
      LoopStatus status,
      Supplier<Iterable<ActiveRequest>> requests) {
    this.loop = loop;
    this.mailbox = mailbox;
    this.status = status;
    this.requests = requests;
  }

  @Override
  public void run() {
    mailbox.attach();
    boolean interrupted = false;
    try {
      while (!loop.stopped()) {
        if (!loop.step()) {
          status.idle(true);
          mailbox.park(SLEEP_NANOS);
          status.idle(false);
          if (Thread.interrupted()) {
            throw new InterruptedException("stopped while idle");
          }
        }
      }
    } catch (InterruptedException e) {
      LOG.log(Level.WARNING, "the engine was stopped while a step was in flight", e);
      interrupted = true;
    } finally {
      status.ended();
      loop.terminate(requests.get(), interrupted);
    }
  }
}
