package io.quire.shell.client;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * What client and server say to each other; described in {@code io.quire.shell.socket}. Frames are
 * a type, a length and so many bytes.
 */
public final class Protocol {
  /** First words of the client's line; the mode follows. */
  public static final String GREETING = "quire-shell 1 ";

  /** Mode: one command, the first frame's text. */
  public static final String COMMAND = "command";

  /** Mode: a command a line, each after a prompt. */
  public static final String INTERACTIVE = "interactive";

  /** Mode: a command a line without prompts. */
  public static final String BATCH = "batch";

  /** Frame from the client: text of the command. */
  public static final byte TEXT = 'C';

  /** Frame from the client: bytes of standard input. */
  public static final byte INPUT = 'I';

  /** Frame from the client, empty: standard input has ended. */
  public static final byte END = 'E';

  /** Frame from the server: bytes of standard output. */
  public static final byte OUTPUT = 'O';

  /** Frame from the server: bytes of standard error. */
  public static final byte ERROR = 'R';

  /** Frame from the server, the last: exit status, four bytes. */
  public static final byte STATUS = 'X';

  /** Most bytes of a frame. */
  public static final int MAX_FRAME = 64 << 10;

  private static final int MAX_GREETING = 64;
  private static final int HEADER = 5;

  private Protocol() {}

  /**
   * A frame.
   *
   * @param type what it is
   * @param bytes its content
   */
  public record Frame(byte type, byte[] bytes) {}

  /**
   * Writes the client's line.
   *
   * @param out the server
   * @param mode {@link #COMMAND}, {@link #INTERACTIVE} or {@link #BATCH}
   * @throws IOException if the connection is lost
   */
  public static void writeGreeting(WritableByteChannel out, String mode) throws IOException {
    writeFully(out, ByteBuffer.wrap((GREETING + mode + "\n").getBytes(StandardCharsets.US_ASCII)));
  }

  /**
   * Reads the client's line.
   *
   * @param in from the client
   * @return the mode
   * @throws IOException if it is not such a line or the connection is lost
   */
  public static String readGreeting(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the client left before it said what it wants");
      }
      line.append((char) c);
      if (line.length() > MAX_GREETING) {
        throw new IOException("the first line has more than " + MAX_GREETING + " bytes");
      }
    }
    if (!line.toString().startsWith(GREETING)) {
      throw new IOException("the first line is not '" + GREETING + "MODE'");
    }
    return line.substring(GREETING.length());
  }

  /**
   * Writes a frame.
   *
   * @param out where to
   * @param type what it is
   * @param bytes where its content is
   * @param offset its first byte
   * @param length how many bytes, at most {@link #MAX_FRAME}
   * @throws IOException if the connection is lost
   */
  public static void writeFrame(
      WritableByteChannel out, byte type, byte[] bytes, int offset, int length) throws IOException {
    if (length > MAX_FRAME) {
      throw new IllegalArgumentException(
          "a frame of " + length + " bytes; at most " + MAX_FRAME + " are allowed");
    }
    ByteBuffer frame = ByteBuffer.allocate(HEADER + length);
    frame.put(type).putInt(length).put(bytes, offset, length).flip();
    writeFully(out, frame);
  }

  private static void writeFully(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  /**
   * Reads a frame.
   *
   * @param in where from
   * @return the frame
   * @throws EOFException if the other side has left
   * @throws IOException if the frame is too long or the connection is lost
   */
  public static Frame readFrame(DataInputStream in) throws IOException {
    byte type = in.readByte();
    int length = in.readInt();
    if (length < 0 || length > MAX_FRAME) {
      throw new IOException("a frame of " + length + " bytes; 0 to " + MAX_FRAME + " are allowed");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return new Frame(type, bytes);
  }
}
