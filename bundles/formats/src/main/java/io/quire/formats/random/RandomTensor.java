package io.quire.formats.random;

import io.quire.api.model.DType;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A tensor that is not made yet. Element {@code i} is a function of (seed, name, i) alone: whole
 * numbers and one multiplication and one addition in F32, so that every machine gets the same bits.
 *
 * <pre>
 * key   = mix(seed + FNV-1a-64(name))
 * bits  = mix(key + i * 0x9e3779b97f4a7c15), read as four unsigned 16-bit numbers
 * value = mean + (sum of the four - 131070) * scale, scale = deviation * sqrt(3) / 65536
 * </pre>
 *
 * The sum of four uniform numbers is close to normal and ends at 3.5 deviations. {@code mix} is the
 * finaliser of SplitMix64.
 *
 * @param name unique in the model
 * @param dtype how it will be stored
 * @param shape outermost first
 * @param mean of the values
 * @param deviation of the values
 * @see <a href="https://doi.org/10.1145/2714064.2660195">Steele, Lea and Flood, 2014</a>
 */
record RandomTensor(String name, DType dtype, List<Long> shape, float mean, float deviation) {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final int CENTRE = 2 * 0xffff;

  long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  long bytes() {
    return dtype.bytes(elements());
  }

  long key(long seed) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b & 0xff) * 0x100000001b3L;
    }
    return mix(seed + hash);
  }

  /** Computes elements {@code start} to {@code start + count - 1}. */
  void fill(long key, long start, float[] values, int count) {
    float scale = (float) (deviation * Math.sqrt(3) / 65536);
    long counter = key + start * GOLDEN;
    for (int i = 0; i < count; i++) {
      long bits = mix(counter);
      counter += GOLDEN;
      int sum =
          (int) (bits & 0xffff)
              + (int) (bits >>> 16 & 0xffff)
              + (int) (bits >>> 32 & 0xffff)
              + (int) (bits >>> 48);
      values[i] = mean + (sum - CENTRE) * scale;
    }
  }

  private static long mix(long z) {
    long a = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    long b = (a ^ a >>> 27) * 0x94d049bb133111ebL;
    return b ^ b >>> 31;
  }
}
