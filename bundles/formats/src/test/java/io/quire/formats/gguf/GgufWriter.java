package io.quire.formats.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Writes GGUF files, right ones and wrong ones. */
final class GgufWriter {
  private final Out metadata = new Out();
  private final Out directory = new Out();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final List<String> tensors = new ArrayList<>();
  private int alignment = 32;
  private int keys;

  int magic = 0x46554747;
  int version = 3;
  long extraKeys;
  long extraTensors;

  /** Numbers and texts as the format has them. */
  static final class Out {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Out u8(int value) {
      bytes.write(value);
      return this;
    }

    Out u16(int value) {
      return u8(value).u8(value >> 8);
    }

    Out u32(long value) {
      return u16((int) value).u16((int) (value >> 16));
    }

    Out u64(long value) {
      return u32(value).u32(value >>> 32);
    }

    Out f32(float value) {
      return u32(Float.floatToIntBits(value));
    }

    Out f64(double value) {
      return u64(Double.doubleToLongBits(value));
    }

    Out string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      u64(utf8.length);
      bytes.writeBytes(utf8);
      return this;
    }

    Out raw(byte... values) {
      bytes.writeBytes(values);
      return this;
    }
  }

  /** A file that names an architecture. */
  static GgufWriter model() {
    return new GgufWriter().text("general.architecture", "llama");
  }

  GgufWriter key(String name, ValueType type, Consumer<Out> value) {
    metadata.string(name).u32(type.ordinal());
    value.accept(metadata);
    keys++;
    return this;
  }

  GgufWriter text(String name, String value) {
    return key(name, ValueType.STRING, out -> out.string(value));
  }

  GgufWriter alignment(int value) {
    alignment = value;
    return key("general.alignment", ValueType.UINT32, out -> out.u32(value));
  }

  /** A tensor behind those before it; dimensions innermost first. */
  GgufWriter tensor(String name, long type, byte[] values, long... dimensions) {
    while (data.size() % alignment != 0) {
      data.write(0);
    }
    int offset = data.size();
    data.writeBytes(values);
    return tensorAt(name, type, offset, dimensions);
  }

  /** An entry of the directory alone. */
  GgufWriter tensorAt(String name, long type, long offset, long... dimensions) {
    directory.string(name).u32(dimensions.length);
    for (long d : dimensions) {
      directory.u64(d);
    }
    directory.u32(type).u64(offset);
    tensors.add(name);
    return this;
  }

  byte[] bytes() {
    Out head = new Out();
    head.u32(magic).u32(version).u64(tensors.size() + extraTensors).u64(keys + extraKeys);
    head.raw(metadata.bytes.toByteArray()).raw(directory.bytes.toByteArray());
    while (head.bytes.size() % alignment != 0) {
      head.u8(0);
    }
    return head.raw(data.toByteArray()).bytes.toByteArray();
  }

  /** Singles as bytes. */
  static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
