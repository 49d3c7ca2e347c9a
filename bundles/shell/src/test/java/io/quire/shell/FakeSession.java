package io.quire.shell;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandSession;

/** A session that keeps what is printed. */
final class FakeSession {
  private final ByteArrayOutputStream bytes =
      new ByteArrayOutputStream() {
        @Override
        public void write(byte[] text, int offset, int length) {
          synchronized (this) {
            super.write(text, offset, length);
            notifyAll();
          }
        }
      };
  private final PrintStream console = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  CommandSession session() {
    return (CommandSession)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {CommandSession.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("getConsole")) {
                return console;
              }
              throw new UnsupportedOperationException(method.getName());
            });
  }

  /** Waits until something with this text is printed. */
  void awaitPrinted(String text) throws InterruptedException {
    synchronized (bytes) {
      while (!printed().contains(text)) {
        bytes.wait();
      }
    }
  }

  String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
