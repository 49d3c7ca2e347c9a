package io.quire.shell.socket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A session's standard input: one thread brings bytes, others take them. The shell and the commands
 * read from it in turn, so nobody may read ahead.
 */
final class SessionInput extends InputStream {
  /** Most bytes of a line. */
  static final int MAX_LINE = 64 << 10;

  private final byte[] buffer;
  private int start;
  private int size;
  private boolean ended;

  /**
   * Creates an empty one.
   *
   * @param capacity bytes it takes before who brings more must wait
   */
  SessionInput(int capacity) {
    buffer = new byte[capacity];
  }

  /** Brings bytes; waits while there is no room. After {@link #end} they are dropped. */
  synchronized void bring(byte[] bytes) throws IOException {
    for (byte b : bytes) {
      while (size == buffer.length && !ended) {
        pause();
      }
      if (ended) {
        return;
      }
      buffer[(start + size) % buffer.length] = b;
      size++;
      notifyAll();
    }
  }

  /** Ends the input; what was brought can still be read. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  @Override
  public synchronized int available() {
    return size;
  }

  @Override
  public synchronized int read() throws IOException {
    while (size == 0) {
      if (ended) {
        return -1;
      }
      pause();
    }
    int b = buffer[start] & 0xff;
    start = (start + 1) % buffer.length;
    size--;
    notifyAll();
    return b;
  }

  @Override
  public synchronized int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int first = read();
    if (first < 0) {
      return -1;
    }
    bytes[offset] = (byte) first;
    int count = 1;
    while (count < length && size > 0) {
      bytes[offset + count++] = (byte) read();
    }
    return count;
  }

  /**
   * Reads a line.
   *
   * @return the line without its end; empty if the input has ended
   * @throws IOException if it is longer than {@link #MAX_LINE} bytes or the thread is interrupted
   */
  Optional<String> readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b = read();
    if (b < 0) {
      return Optional.empty();
    }
    while (b >= 0 && b != '\n') {
      line.write(b);
      if (line.size() > MAX_LINE) {
        throw new IOException("a line of more than " + MAX_LINE + " bytes; the session is ended");
      }
      b = read();
    }
    return Optional.of(line.toString(StandardCharsets.UTF_8));
  }

  private void pause() throws IOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("the session is ended").initCause(e);
    }
  }
}
