package io.quire.worker;

import io.quire.worker.control.Channel;
import io.quire.worker.control.Folders;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A child process, connected, with its folders. */
final class Child implements AutoCloseable {
  private static final long END_MILLIS = 5000;

  private final Process process;
  private final Channel channel;
  private final Folders folders;
  private final OutputTail tail;
  private final Thread output;

  private Child(Process process, Channel channel, Folders folders, OutputTail tail, Thread output) {
    this.process = process;
    this.channel = channel;
    this.folders = folders;
    this.tail = tail;
    this.output = output;
  }

  /** Gives the command line of a child. */
  @FunctionalInterface
  interface Command {
    List<String> words(Path socket) throws IOException;
  }

  /**
   * Starts a child and waits until it has connected.
   *
   * @param name for the log and for names of threads
   * @param command its command line
   * @param limit how long it may take
   * @param cancelled ends the attempt
   * @throws IOException if it does not start or connect in time
   */
  static Child start(
      String name, Command command, Duration limit, CompletableFuture<Void> cancelled)
      throws IOException {
    Folders folders = Folders.create();
    Path socket = folders.socket();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Process process = new ProcessBuilder(command.words(socket)).redirectErrorStream(true).start();
      OutputTail tail = new OutputTail("worker " + name + " " + process.pid());
      Thread output =
          Thread.ofPlatform()
              .daemon()
              .name("quire-worker-output-" + name)
              .start(() -> tail.read(process.getInputStream()));
      try {
        Channel channel = new Channel(accept(server, process, limit, cancelled));
        return new Child(process, channel, folders, tail, output);
      } catch (IOException e) {
        process.destroyForcibly();
        ended(process, END_MILLIS);
        throw new IOException(
            "the worker process for "
                + name
                + " did not connect; it said: "
                + System.lineSeparator()
                + tail.lines(),
            e);
      }
    } catch (IOException e) {
      folders.delete();
      throw e;
    }
  }

  /** Closing the server ends the wait. */
  private static SocketChannel accept(
      ServerSocketChannel server,
      Process process,
      Duration limit,
      CompletableFuture<Void> cancelled)
      throws IOException {
    CompletableFuture.anyOf(process.onExit(), cancelled)
        .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((ended, e) -> close(server));
    return server.accept();
  }

  private static void close(ServerSocketChannel server) {
    try {
      server.close();
    } catch (IOException ignored) {
      // It was to be closed, and is of no use any more.
    }
  }

  Channel channel() {
    return channel;
  }

  long pid() {
    return process.pid();
  }

  /** {@return completed when it has ended} */
  CompletableFuture<Process> exit() {
    return process.onExit();
  }

  /** {@return where files of rings are made} */
  Path rings() {
    return folders.rings();
  }

  /** {@return how it ended, if it has} */
  String ending() {
    return "its worker process "
        + (process.isAlive() ? "is still there" : "has ended with status " + process.exitValue());
  }

  /** {@return the last lines that it printed} */
  String lastLines() {
    return tail.lines();
  }

  /** Ends it at once. */
  void kill() {
    process.destroyForcibly();
  }

  /**
   * Waits for its end, and ends it if it takes too long.
   *
   * @param limit how long to wait
   * @return whether it ended by itself
   */
  boolean awaitEnd(Duration limit) {
    boolean alone = ended(process, limit.toMillis());
    if (!alone) {
      process.destroyForcibly();
    }
    return alone;
  }

  private static boolean ended(Process process, long millis) {
    try {
      return process.waitFor(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends it if it is still there, and removes what it leaves. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    ended(process, END_MILLIS);
    channel.close();
    try {
      output.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    folders.delete();
  }
}
