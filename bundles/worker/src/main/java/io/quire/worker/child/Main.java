package io.quire.worker.child;

import io.quire.worker.SuppressForbidden;
import io.quire.worker.control.Channel;
import io.quire.worker.control.Folders;
import io.quire.worker.control.Message;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.osgi.framework.BundleException;

/** The child process: connects to its parent, starts what it is told, and ends with its parent. */
public final class Main {
  private Main() {}

  /**
   * Runs until the parent says stop or is gone.
   *
   * @param arguments the control socket's path
   */
  @SuppressForbidden("a program passes its status on")
  public static void main(String[] arguments) {
    Signals.ignore();
    System.exit(run(Path.of(arguments[0])));
  }

  private static int run(Path socket) {
    Folders folders = Folders.ofSocket(socket);
    try (Guard guard = Guard.start();
        Channel channel = new Channel(SocketChannel.open(UnixDomainSocketAddress.of(socket)))) {
      if (!(channel.receive() instanceof Message.Begin begin)) {
        throw new IOException("the parent did not say what to begin with");
      }
      try (ChildFramework framework = ChildFramework.create(begin, folders.framework());
          Session session = new Session(channel, framework.context(), begin)) {
        session.open();
        framework.startBackend();
        serve(session, guard, folders);
      }
      return 0;
    } catch (EOFException expected) {
      return 0; // The parent went away before it had anything to say.
    } catch (IOException | BundleException e) {
      System.err.println("the worker process ends: " + e);
      return 1;
    }
  }

  private static void serve(Session session, Guard guard, Folders folders) throws IOException {
    try {
      session.run();
    } catch (EOFException | SocketException gone) {
      // So is the reason to be here, and nobody else removes what is left.
      folders.delete();
    } finally {
      guard.end();
    }
  }
}
