package io.quire.shell.client;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.Optional;

/**
 * {@code ShellClient --socket PATH [-c COMMAND]}: the shell of a running server. Without a command
 * its standard input is read, a command a line.
 */
public final class ShellClient {
  /** Status if the arguments are wrong. */
  static final int USAGE = 2;

  private static final String HELP =
      """
      usage: quire shell [-c COMMAND]
        -c COMMAND     run one command and exit with its status: 0 done, 1 failed
        --socket PATH  the server's socket
      Without -c, commands are read from standard input, one a line; exit or end of input leaves.
      """;

  private final InputStream in;
  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;

  /**
   * Creates a client.
   *
   * @param in standard input
   * @param out standard output
   * @param err standard error
   * @param terminal whether a person types the input, and wants to be prompted
   */
  public ShellClient(InputStream in, PrintStream out, PrintStream err, boolean terminal) {
    this.in = in;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /**
   * Runs the client and ends the process with the command's status.
   *
   * @param arguments as {@code --help} says
   */
  @SuppressForbidden("a program passes its status on")
  public static void main(String[] arguments) {
    boolean terminal = System.console() != null && System.console().isTerminal();
    ShellClient client = new ShellClient(System.in, System.out, System.err, terminal);
    System.exit(client.run(List.of(arguments)));
  }

  /**
   * Runs the client.
   *
   * @param arguments as {@code --help} says
   * @return 0 if the command, or the last of them, is done; 1 if it failed or the server is not
   *     there; 2 if the arguments are wrong
   */
  public int run(List<String> arguments) {
    String socket = "";
    String command = "";
    for (int i = 0; i < arguments.size(); i += 2) {
      boolean valued = i + 1 < arguments.size();
      switch (arguments.get(i)) {
        case "--socket" -> socket = valued ? arguments.get(i + 1) : "";
        case "-c" -> command = valued ? arguments.get(i + 1) : "";
        case "-h", "--help" -> {
          out.print(HELP);
          return 0;
        }
        default -> {
          return usage("there is no argument " + arguments.get(i));
        }
      }
      if (!valued || arguments.get(i + 1).isEmpty()) {
        return usage(arguments.get(i) + " needs a value");
      }
    }
    return socket.isEmpty() ? usage("--socket is missing") : attach(socket, command);
  }

  private int usage(String error) {
    err.println("quire: " + error);
    err.print(HELP);
    return USAGE;
  }

  private int attach(String socket, String command) {
    byte[] text = command.getBytes(StandardCharsets.UTF_8);
    if (text.length > Protocol.MAX_FRAME) {
      return usage(
          "the command has " + text.length + " bytes; at most " + Protocol.MAX_FRAME + " go");
    }
    try (SocketChannel server = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return talk(server, text);
    } catch (IOException | InvalidPathException e) {
      err.println(
          "quire: no server answers at "
              + socket
              + " ("
              + e.getMessage()
              + "); start: quire serve");
      return 1;
    }
  }

  private int talk(SocketChannel server, byte[] command) {
    Optional<IOException> unsent = ask(server, command);
    try {
      InputStream from = Channels.newInputStream(server);
      return show(new DataInputStream(new BufferedInputStream(from)));
    } catch (IOException e) {
      err.println("quire: the server has closed the connection (" + unsent.orElse(e) + ")");
      return 1;
    }
  }

  /** Says what is wanted. A server that lets nobody else in does not listen, but says why. */
  private Optional<IOException> ask(SocketChannel server, byte[] command) {
    try {
      if (command.length > 0) {
        Protocol.writeGreeting(server, Protocol.COMMAND);
        Protocol.writeFrame(server, Protocol.TEXT, command, 0, command.length);
      } else {
        Protocol.writeGreeting(server, terminal ? Protocol.INTERACTIVE : Protocol.BATCH);
        // A daemon: a read of standard input cannot be ended, and must not keep the process.
        Thread.ofPlatform().daemon().name("quire-shell-input").start(() -> forwardInput(server));
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  private void forwardInput(SocketChannel server) {
    byte[] buffer = new byte[8192];
    try {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        Protocol.writeFrame(server, Protocol.INPUT, buffer, 0, read);
      }
      Protocol.writeFrame(server, Protocol.END, buffer, 0, 0);
    } catch (IOException ignored) {
      // The server has left; the thread that reads its answers says so.
    }
  }

  private int show(DataInputStream server) throws IOException {
    while (true) {
      Protocol.Frame frame = Protocol.readFrame(server);
      switch (frame.type()) {
        case Protocol.OUTPUT -> {
          out.write(frame.bytes(), 0, frame.bytes().length);
          out.flush();
        }
        case Protocol.ERROR -> {
          err.write(frame.bytes(), 0, frame.bytes().length);
          err.flush();
        }
        case Protocol.STATUS -> {
          return ByteBuffer.wrap(frame.bytes()).getInt();
        }
        default -> throw new IOException("the server sent a frame of type " + frame.type());
      }
    }
  }
}
