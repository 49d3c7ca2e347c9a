package io.quire.launcher;

import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;

/**
 * SIGTERM and SIGINT: the first one stops the framework, which lets running requests finish; a
 * second one ends the process at once. A shutdown hook could not do the second: the JVM ignores
 * signals while hooks run.
 */
final class Shutdown {
  private final Framework framework;
  private boolean stopping;
  private boolean finished;

  private Shutdown(Framework framework) {
    this.framework = framework;
  }

  static Shutdown install(Framework framework) {
    Shutdown shutdown = new Shutdown(framework);
    Signals.handle("TERM", shutdown::received);
    Signals.handle("INT", shutdown::received);
    return shutdown;
  }

  /** The framework has stopped: a signal has nothing left to stop. */
  synchronized void finished() {
    finished = true;
  }

  private void received(int signal) {
    synchronized (this) {
      if (finished) {
        return;
      }
      if (stopping) {
        halt(128 + signal);
      }
      stopping = true;
    }
    System.err.println("stopping: running requests finish first; once more to stop at once");
    try {
      framework.stop();
    } catch (BundleException e) {
      System.err.println("quire: the framework did not stop: " + e);
      halt(1);
    }
  }

  @SuppressForbidden("the second signal asks for exactly this")
  private static void halt(int status) {
    Runtime.getRuntime().halt(status);
  }
}
