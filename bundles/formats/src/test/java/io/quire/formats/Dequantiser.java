package io.quire.formats;

import io.quire.api.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The values of a tensor, written down plainly from the layouts of ggml-common.h. */
public final class Dequantiser {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment data;

  private Dequantiser(MemorySegment data) {
    this.data = data;
  }

  /** {@return all values, in order} */
  public static float[] values(Tensor tensor) {
    Dequantiser reader = new Dequantiser(tensor.data());
    float[] values = new float[Math.toIntExact(tensor.elements())];
    int size = tensor.dtype().blockElements();
    for (int i = 0; i < values.length; i++) {
      long block = (long) (i / size) * tensor.dtype().blockBytes();
      values[i] =
          switch (tensor.dtype()) {
            case F32 -> Float.intBitsToFloat(reader.data.get(INT, 4L * i));
            case F16 -> reader.half(2L * i);
            case BF16 -> Float.intBitsToFloat(reader.data.get(SHORT, 2L * i) << 16);
            case Q4_0 -> reader.half(block) * (reader.nibble(block + 2, i % 32) - 8);
            case Q4_1 ->
                reader.half(block) * reader.nibble(block + 4, i % 32) + reader.half(block + 2);
            case Q5_0 -> reader.half(block) * (reader.five(block + 2, i % 32) - 16);
            case Q5_1 ->
                reader.half(block) * reader.five(block + 4, i % 32) + reader.half(block + 2);
            case Q8_0 ->
                reader.half(block) * reader.data.get(ValueLayout.JAVA_BYTE, block + 2 + i % 32);
            case Q4_K -> reader.q4k(block, i % 256);
            case Q5_K -> throw new AssertionError("no file has Q5_K");
            case Q6_K -> reader.q6k(block, i % 256);
          };
    }
    return values;
  }

  private float half(long at) {
    return Float.float16ToFloat(data.get(SHORT, at));
  }

  private int unsigned(long at) {
    return Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, at));
  }

  private int nibble(long at, int i) {
    return i < 16 ? unsigned(at + i) & 15 : unsigned(at + i - 16) >> 4;
  }

  private int five(long at, int i) {
    return nibble(at + 4, i) | (data.get(INT, at) >>> i & 1) << 4;
  }

  private float q4k(long block, int i) {
    int group = i / 32;
    long scales = block + 4;
    int scale;
    int minimum;
    if (group < 4) {
      scale = unsigned(scales + group) & 63;
      minimum = unsigned(scales + group + 4) & 63;
    } else {
      scale = unsigned(scales + group + 4) & 15 | unsigned(scales + group - 4) >> 6 << 4;
      minimum = unsigned(scales + group + 4) >> 4 | unsigned(scales + group) >> 6 << 4;
    }
    int two = unsigned(block + 16 + group / 2 * 32L + i % 32);
    int q = group % 2 == 0 ? two & 15 : two >> 4;
    return half(block) * scale * q - half(block + 2) * minimum;
  }

  private float q6k(long block, int i) {
    int part = i / 128;
    int group = i % 128 / 32;
    int low = unsigned(block + part * 64L + group % 2 * 32 + i % 32);
    int high = unsigned(block + 128 + part * 32L + i % 32) >> 2 * group & 3;
    int q = (group < 2 ? low & 15 : low >> 4) | high << 4;
    int scale = data.get(ValueLayout.JAVA_BYTE, block + 192 + i / 16);
    return half(block + 208) * scale * (q - 32);
  }
}
