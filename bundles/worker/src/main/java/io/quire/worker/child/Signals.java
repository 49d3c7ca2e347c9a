package io.quire.worker.child;

import java.util.List;

/**
 * Leaves signals to the parent. A terminal and a service manager send them to all processes of a
 * server; this one must stay until the parent's requests have finished, and then the parent ends
 * it.
 *
 * <p>By reflection, as {@code sun.misc.Signal} is supported but makes javac warn whatever it is
 * told.
 */
final class Signals {
  private static final List<String> NAMES = List.of("INT", "TERM", "HUP");

  private Signals() {}

  static void ignore() {
    try {
      ClassLoader platform = ClassLoader.getPlatformClassLoader();
      Class<?> signal = platform.loadClass("sun.misc.Signal");
      Class<?> handler = platform.loadClass("sun.misc.SignalHandler");
      Object ignored = handler.getField("SIG_IGN").get(null);
      for (String name : NAMES) {
        signal
            .getMethod("handle", signal, handler)
            .invoke(null, signal.getConstructor(String.class).newInstance(name), ignored);
      }
    } catch (ReflectiveOperationException e) {
      System.err.println("signals to the worker process are not left to its parent: " + e);
    }
  }
}
