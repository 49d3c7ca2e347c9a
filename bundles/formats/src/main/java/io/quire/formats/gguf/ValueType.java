package io.quire.formats.gguf;

import java.nio.ByteBuffer;

/** Types of metadata; their order is their number in the file. */
enum ValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(0),
  ARRAY(0),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  /** Bytes of a value, or 0 where values differ in size. */
  final int size;

  ValueType(int size) {
    this.size = size;
  }

  /** The plain value of a type of fixed size. */
  Object decode(ByteBuffer little, int at) {
    return switch (this) {
      case UINT8 -> (long) Byte.toUnsignedInt(little.get(at));
      case INT8 -> (long) little.get(at);
      case UINT16 -> (long) Short.toUnsignedInt(little.getShort(at));
      case INT16 -> (long) little.getShort(at);
      case UINT32 -> Integer.toUnsignedLong(little.getInt(at));
      case INT32 -> (long) little.getInt(at);
      case FLOAT32 -> (double) little.getFloat(at);
      case BOOL -> little.get(at) != 0;
      case UINT64, INT64 -> little.getLong(at);
      case FLOAT64 -> little.getDouble(at);
      case STRING, ARRAY -> throw new IllegalStateException(this + " has no fixed size");
    };
  }

  /** Whether a value is one that {@link #decode} can express. */
  boolean valid(ByteBuffer little, int at) {
    return switch (this) {
      case BOOL -> little.get(at) == 0 || little.get(at) == 1;
      case UINT64 -> little.getLong(at) >= 0;
      default -> true;
    };
  }
}
