package io.quire.shell.socket;

import io.quire.api.engine.EngineException;
import io.quire.shell.ShellException;
import io.quire.shell.client.Protocol;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;

/**
 * One client: a thread executes its commands, another reads what it sends and so notices when it
 * leaves.
 */
final class ClientSession implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(ClientSession.class.getName());
  private static final String PROMPT = "quire> ";
  private static final String MORE = "> ";
  private static final int INPUT_BYTES = 64 << 10;

  private final SocketChannel client;
  private final CommandProcessor processor;
  private final SessionInput input = new SessionInput(INPUT_BYTES);
  private final PrintStream out;
  private final PrintStream err;
  private final DataInputStream frames;
  private final Thread worker;
  private final Thread reader;
  private Optional<CommandSession> session = Optional.empty();
  private boolean closed;

  /**
   * Creates a session that {@link #start} starts.
   *
   * @param client the connection; closed at the end
   * @param processor makes the Gogo session
   * @param name of the threads
   * @param ended told at the end
   */
  ClientSession(
      SocketChannel client,
      CommandProcessor processor,
      String name,
      Consumer<ClientSession> ended) {
    this.client = client;
    this.processor = processor;
    out = printer(Protocol.OUTPUT);
    err = printer(Protocol.ERROR);
    frames = new DataInputStream(new BufferedInputStream(Channels.newInputStream(client)));
    worker = Thread.ofPlatform().daemon().name(name).unstarted(() -> run(ended));
    reader = Thread.ofPlatform().daemon().name(name + "-input").unstarted(this::readInput);
  }

  private PrintStream printer(byte type) {
    return new PrintStream(
        new FrameOutput(client, type, this::close), true, StandardCharsets.UTF_8);
  }

  void start() {
    worker.start();
  }

  /** Refuses the client, with a reason. */
  void refuse(String reason) {
    err.println(reason);
    finish(1);
    close();
  }

  private void run(Consumer<ClientSession> ended) {
    try {
      finish(serve());
    } catch (IOException | IllegalStateException e) {
      LOG.log(System.Logger.Level.DEBUG, "A shell client left: {0}", e.toString());
      err.println("quire: " + e.getMessage());
      finish(1);
    } finally {
      close();
      ended.accept(this);
    }
  }

  private void finish(int status) {
    try {
      byte[] bytes = ByteBuffer.allocate(Integer.BYTES).putInt(status).array();
      synchronized (client) {
        Protocol.writeFrame(client, Protocol.STATUS, bytes, 0, bytes.length);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "A shell client did not wait: {0}", e.toString());
    }
  }

  private int serve() throws IOException {
    String mode = Protocol.readGreeting(frames);
    switch (mode) {
      case Protocol.COMMAND -> {
        Protocol.Frame frame = Protocol.readFrame(frames);
        if (frame.type() != Protocol.TEXT) {
          throw new IOException("the first frame is of type " + frame.type() + ", not a command");
        }
        input.end();
        return execute(open(), new String(frame.bytes(), StandardCharsets.UTF_8));
      }
      case Protocol.INTERACTIVE, Protocol.BATCH -> {
        return executeLines(open(), mode.equals(Protocol.INTERACTIVE));
      }
      default -> throw new IOException("there is no mode '" + mode + "'");
    }
  }

  private synchronized CommandSession open() throws IOException {
    if (closed) {
      throw new IOException("the shell is stopping");
    }
    CommandSession opened = processor.createSession(input, out, err);
    opened.put("SCOPE", "quire:felix:*");
    session = Optional.of(opened);
    reader.start();
    return opened;
  }

  private void readInput() {
    try {
      while (true) {
        Protocol.Frame frame = Protocol.readFrame(frames);
        switch (frame.type()) {
          case Protocol.INPUT -> input.bring(frame.bytes());
          case Protocol.END -> input.end();
          default -> throw new IOException("a frame of type " + frame.type());
        }
      }
    } catch (IOException e) {
      // The client has left, or says what nobody understands: either way nobody waits for answers.
      LOG.log(System.Logger.Level.DEBUG, "A shell client left: {0}", e.toString());
      close();
    }
  }

  private int executeLines(CommandSession gogo, boolean prompting) throws IOException {
    int status = 0;
    StringBuilder text = new StringBuilder();
    while (true) {
      if (prompting) {
        out.print(text.isEmpty() ? PROMPT : MORE);
        out.flush();
      }
      Optional<String> line = input.readLine();
      if (line.isEmpty() || (text.isEmpty() && isExit(line.get()))) {
        return text.isEmpty() ? status : execute(gogo, text.toString());
      }
      text.append(line.get()).append('\n');
      if (text.length() > SessionInput.MAX_LINE) {
        throw new IOException(
            "a command of more than " + SessionInput.MAX_LINE + " characters; is a quote open?");
      }
      try {
        status = executeWhole(gogo, text.toString());
        text.setLength(0);
      } catch (EOFException e) {
        LOG.log(System.Logger.Level.TRACE, "The command goes on: {0}", e.getMessage());
      }
    }
  }

  private static boolean isExit(String line) {
    return line.strip().equals("exit") || line.strip().equals("quit");
  }

  private int execute(CommandSession gogo, String text) {
    if (isExit(text)) {
      return 0;
    }
    try {
      return executeWhole(gogo, text);
    } catch (EOFException e) {
      err.println("the command is not complete: " + e.getMessage());
      return 1;
    }
  }

  /** Executes a command; throws if it is syntactically open. */
  private int executeWhole(CommandSession gogo, String text) throws EOFException {
    try {
      Object result = gogo.execute(text.strip());
      String shown = result == null ? "" : gogo.format(result, Converter.INSPECT).toString();
      if (!shown.isBlank()) {
        out.println(shown.stripTrailing());
      }
      return 0;
    } catch (EOFException e) {
      throw e;
    } catch (InterruptedException e) {
      // The command was interrupted, or this session is closed and its input has ended with it.
      err.println("interrupted");
      return 1;
    } catch (Exception e) {
      err.println(describe(e));
      return 1;
    }
  }

  private static String describe(Exception e) {
    boolean plain =
        e instanceof ShellException || e instanceof EngineException || e.getMessage() == null;
    return plain && e.getMessage() != null
        ? e.getMessage()
        : e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
  }

  /** Ends the session: what it executes is interrupted, the connection is closed. */
  @Override
  public void close() {
    Optional<CommandSession> open;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      open = session;
    }
    input.end();
    open.ifPresent(CommandSession::close);
    try {
      client.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "A shell client's connection: {0}", e.toString());
    }
    if (Thread.currentThread() != worker) {
      worker.interrupt();
    }
  }

  /** Waits for the session's threads, at most so long. */
  void join(long millis) throws InterruptedException {
    for (Thread thread : new Thread[] {worker, reader}) {
      if (thread != Thread.currentThread()) {
        thread.join(millis);
      }
    }
  }
}
