package io.quire.formats.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.RandomAccess;

/** Numbers or truth values as they lie in the file; boxed one by one when asked for. */
final class NumberList extends AbstractList<Object> implements RandomAccess {
  private final ValueType type;
  private final ByteBuffer values;
  private final int size;

  NumberList(ValueType type, byte[] values) {
    this.type = type;
    this.values = ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN);
    this.size = values.length / type.size;
  }

  @Override
  public Object get(int index) {
    return type.decode(values, Math.multiplyExact(index, type.size));
  }

  @Override
  public int size() {
    return size;
  }
}
