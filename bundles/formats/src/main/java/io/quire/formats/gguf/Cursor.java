package io.quire.formats.gguf;

import io.quire.api.model.ModelFormatException;
import io.quire.formats.Source;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the head of a file from front to back; nothing is read or allocated that the file does not
 * hold. Works on copies of 64 KiB, because small reads from mapped memory are slow until compiled.
 */
final class Cursor {
  /** More than ten times the metadata of a model with 262,144 tokens. */
  static final long MAX_HEAD = 128L << 20;

  private static final int WINDOW = 1 << 16;

  private final Source source;
  private final MemorySegment file;
  private final byte[] window = new byte[WINDOW];
  private final ByteBuffer numbers = ByteBuffer.wrap(window).order(ByteOrder.LITTLE_ENDIAN);
  private long windowStart;
  private int windowEnd;
  private int next;

  Cursor(Source source, MemorySegment file) {
    this.source = source;
    this.file = file;
  }

  long position() {
    return windowStart + next;
  }

  /** Bytes that may still be read. */
  long remaining() {
    return Math.min(file.byteSize(), MAX_HEAD) - position();
  }

  long u32(String what) {
    advance(4, what);
    return Integer.toUnsignedLong(numbers.getInt(next - 4));
  }

  long i64(String what) {
    advance(8, what);
    return numbers.getLong(next - 8);
  }

  /** A number of things of which each takes at least {@code minimum} bytes. */
  int count(String what, int minimum, int limit) {
    long count = i64(what);
    long room = Math.min(remaining() / minimum, limit);
    if (count < 0 || count > room) {
      throw error(
          what
              + " is "
              + Long.toUnsignedString(count)
              + ", but there is room for "
              + room
              + " at most; the file is damaged");
    }
    return (int) count;
  }

  /** Text of which the file says how long it is; bytes that are no UTF-8 become U+FFFD. */
  String string(String what) {
    int length = count(what, 1, Integer.MAX_VALUE);
    if (length <= WINDOW) {
      advance(length, what);
      return length == 0 ? "" : new String(window, next - length, length, StandardCharsets.UTF_8);
    }
    return new String(bytes(length, what), StandardCharsets.UTF_8);
  }

  /** Text that names something: not empty, strict UTF-8, of bounded length. */
  String name(String what, int limit) {
    int length = count(what, 1, limit);
    if (length == 0) {
      throw error(what + " is empty; the file is damaged");
    }
    byte[] bytes = bytes(length, what);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw error(what + " is not UTF-8: " + Source.quote(Arrays.toString(bytes)));
    }
  }

  /** A copy of the next bytes. */
  byte[] bytes(int length, String what) {
    need(length, what);
    byte[] copy = new byte[length];
    long from = position();
    MemorySegment.copy(file, from, MemorySegment.ofArray(copy), 0, length);
    int inside = windowEnd - next;
    if (length <= inside) {
      next += length;
    } else {
      windowStart = from + length;
      windowEnd = 0;
      next = 0;
    }
    return copy;
  }

  ModelFormatException error(String message) {
    return source.error(message + " (before byte " + position() + ")");
  }

  /** Moves on by {@code length}, which lies in the window afterwards. */
  private void advance(int length, String what) {
    if (windowEnd - next < length) {
      need(length, what);
      windowStart += next;
      windowEnd = (int) Math.min(WINDOW, file.byteSize() - windowStart);
      next = 0;
      MemorySegment.copy(file, windowStart, MemorySegment.ofArray(window), 0, windowEnd);
    }
    next += length;
  }

  private void need(long length, String what) {
    if (length > remaining()) {
      throw error(
          what
              + " takes "
              + length
              + " bytes, but "
              + remaining()
              + " are left of "
              + (file.byteSize() > MAX_HEAD
                  ? "the " + MAX_HEAD + " bytes that metadata may take"
                  : "the file's " + file.byteSize() + "; it is truncated, fetch it again"));
    }
  }
}
