package io.quire.shell.socket;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.felix.service.command.CommandProcessor;

/** Lets clients in at a socket, each to a session of its own. */
final class SocketServer implements AutoCloseable {
  /** Most clients at once. */
  static final int MAX_CLIENTS = 16;

  private static final System.Logger LOG = System.getLogger(SocketServer.class.getName());

  /** How long a stop waits for a thread of a client; what still runs then is a daemon. */
  private static final long JOIN_MILLIS = 2_000;

  private final SocketFile socket;
  private final CommandProcessor processor;
  private final Set<ClientSession> sessions = ConcurrentHashMap.newKeySet();
  private final AtomicInteger count = new AtomicInteger();
  private final Thread acceptor;
  private volatile boolean closed;

  /**
   * Starts.
   *
   * @param path where to listen
   * @param processor makes Gogo sessions
   * @throws IOException as {@link SocketFile#listen} does
   */
  SocketServer(Path path, CommandProcessor processor) throws IOException {
    this.processor = processor;
    socket = SocketFile.listen(path);
    acceptor = Thread.ofPlatform().daemon().name("quire-shell-accept").start(this::accept);
  }

  private void accept() {
    while (!closed) {
      try {
        welcome(socket.accept());
      } catch (IOException e) {
        if (!closed) {
          LOG.log(System.Logger.Level.ERROR, "There is no shell access any more", e);
        }
        return;
      }
    }
  }

  private void welcome(SocketChannel client) {
    String name = "quire-shell-" + count.incrementAndGet();
    ClientSession session = new ClientSession(client, processor, name, sessions::remove);
    if (sessions.size() >= MAX_CLIENTS) {
      session.refuse(
          "quire: " + MAX_CLIENTS + " shells are open, the most there may be; close one");
      return;
    }
    sessions.add(session);
    session.start();
    if (closed) {
      session.close(); // It came in while the others were sent away.
    }
  }

  /** {@return how many clients there are} */
  int clients() {
    return sessions.size();
  }

  /** Stops listening, ends all sessions and removes the socket. */
  @Override
  public void close() throws IOException {
    closed = true;
    socket.close();
    Set<ClientSession> open = Set.copyOf(sessions);
    open.forEach(ClientSession::close);
    try {
      acceptor.join(JOIN_MILLIS);
      for (ClientSession session : open) {
        session.join(JOIN_MILLIS);
      }
    } catch (InterruptedException e) {
      // Somebody stops the shell from within a shell: that session was just interrupted.
      Thread.currentThread().interrupt();
    }
  }
}
