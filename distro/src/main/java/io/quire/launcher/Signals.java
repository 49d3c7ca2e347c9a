package io.quire.launcher;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Hears signals. The only class that offers it, {@code sun.misc.Signal}, is supported (module
 * {@code jdk.unsupported}) but makes javac warn whatever it is told, and here warnings are errors:
 * so it is called by reflection.
 */
final class Signals {
  private Signals() {}

  /**
   * Calls a handler, on a thread of its own, whenever a signal comes.
   *
   * @param name without SIG, such as {@code TERM}
   * @param handler takes the signal's number
   */
  static void handle(String name, IntConsumer handler) {
    try {
      ClassLoader platform = ClassLoader.getPlatformClassLoader();
      Class<?> signalType = platform.loadClass("sun.misc.Signal");
      Class<?> handlerType = platform.loadClass("sun.misc.SignalHandler");
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      int number = (int) signalType.getMethod("getNumber").invoke(signal);
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (self, method, arguments) -> {
                handler.accept(number);
                return null;
              });
      signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java runtime lacks the module jdk.unsupported", e);
    }
  }
}
