package io.quire.formats.gguf;

import io.quire.formats.Source;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the head of a GGUF file.
 *
 * <pre>
 * "GGUF", u32 version, u64 tensors, u64 keys
 * per key:    string name, u32 type, value
 * per tensor: string name, u32 dimensions, u64 each (innermost first), u32 type, u64 offset
 * padding to general.alignment, then data; strings are u64 length and UTF-8
 * array value: u32 element type, u64 count, values
 * </pre>
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>
 */
final class GgufParser {
  /** "GGUF" as a little-endian number. */
  static final long MAGIC = 0x46554747;

  private static final int MAX_KEYS = 1 << 16;
  private static final int MAX_KEY_BYTES = 65_535;
  private static final int MAX_DEPTH = 4;

  private final Cursor cursor;

  private GgufParser(Cursor cursor) {
    this.cursor = cursor;
  }

  /**
   * Reads and checks the head, and that every tensor lies inside the file.
   *
   * @throws io.quire.api.model.ModelFormatException if anything is wrong
   */
  static GgufHead parse(Source source, MemorySegment file) {
    return new GgufParser(new Cursor(source, file)).head(file.byteSize());
  }

  private GgufHead head(long fileSize) {
    long magic = cursor.u32("the magic number");
    if (magic != MAGIC) {
      throw cursor.error(
          "begins with 0x" + Long.toHexString(magic) + " instead of 'GGUF'; it is no GGUF file");
    }
    version(cursor.u32("the version"));
    int tensorCount =
        cursor.count("the number of tensors", TensorDirectory.MIN_BYTES, TensorDirectory.MAX);
    int keyCount = cursor.count("the number of metadata keys", 13, MAX_KEYS);
    Map<String, Object> metadata = metadata(keyCount);
    TensorDirectory directory = new TensorDirectory(cursor, alignment(metadata), fileSize);
    return directory.read(tensorCount, metadata);
  }

  private void version(long version) {
    if (version == 2 || version == 3) {
      return;
    }
    boolean bigEndian = Integer.reverseBytes((int) version) <= 3 && version != 0;
    throw cursor.error(
        bigEndian
            ? "is a big-endian GGUF file; Quire reads little-endian ones, convert it"
            : "has GGUF version " + version + "; Quire reads versions 2 and 3, convert it");
  }

  private Map<String, Object> metadata(int count) {
    Map<String, Object> values = LinkedHashMap.newLinkedHashMap(count);
    for (int i = 0; i < count; i++) {
      String key = cursor.name("the name of metadata key " + i, MAX_KEY_BYTES);
      String what = "metadata " + Source.quote(key);
      if (values.put(key, value(type(what), what, 0)) != null) {
        throw cursor.error(what + " occurs twice; the file is damaged");
      }
    }
    return values;
  }

  private ValueType type(String what) {
    long number = cursor.u32(what);
    ValueType[] types = ValueType.values();
    if (number >= types.length) {
      throw cursor.error(what + " has type " + number + "; types are 0 to " + (types.length - 1));
    }
    return types[(int) number];
  }

  private Object value(ValueType type, String what, int depth) {
    return switch (type) {
      case STRING -> cursor.string(what);
      case ARRAY -> array(what, depth);
      default -> new NumberList(type, checked(type, cursor.bytes(type.size, what), what)).get(0);
    };
  }

  private List<Object> array(String what, int depth) {
    if (depth == MAX_DEPTH) {
      throw cursor.error(what + " nests arrays deeper than " + MAX_DEPTH);
    }
    ValueType type = type(what);
    String countOf = "the element count of " + what;
    return switch (type) {
      case STRING -> {
        Object[] values = new Object[cursor.count(countOf, 8, Integer.MAX_VALUE)];
        for (int i = 0; i < values.length; i++) {
          values[i] = cursor.string(what);
        }
        yield Collections.unmodifiableList(Arrays.asList(values));
      }
      case ARRAY -> {
        Object[] values = new Object[cursor.count(countOf, 12, Integer.MAX_VALUE)];
        for (int i = 0; i < values.length; i++) {
          values[i] = array(what, depth + 1);
        }
        yield Collections.unmodifiableList(Arrays.asList(values));
      }
      default -> {
        int count = cursor.count(countOf, type.size, Integer.MAX_VALUE);
        yield new NumberList(type, checked(type, cursor.bytes(count * type.size, what), what));
      }
    };
  }

  private byte[] checked(ValueType type, byte[] values, String what) {
    ByteBuffer little = ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN);
    if (type == ValueType.BOOL || type == ValueType.UINT64) {
      for (int at = 0; at < values.length; at += type.size) {
        if (!type.valid(little, at)) {
          throw cursor.error(
              what
                  + (type == ValueType.BOOL
                      ? " has a truth value of " + little.get(at) + " instead of 0 or 1"
                      : " is " + Long.toUnsignedString(little.getLong(at)) + ", above 2^63 - 1"));
        }
      }
    }
    return values;
  }

  private int alignment(Map<String, Object> metadata) {
    Object value = metadata.getOrDefault("general.alignment", 32L);
    if (value instanceof Long n && n >= 8 && n <= 1 << 20 && Long.bitCount(n) == 1) {
      return n.intValue();
    }
    throw cursor.error(
        "general.alignment is "
            + Source.quote(String.valueOf(value))
            + "; it must be a power of two from 8 to 1048576");
  }
}
