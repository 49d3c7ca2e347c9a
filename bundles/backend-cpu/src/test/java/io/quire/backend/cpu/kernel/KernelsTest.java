package io.quire.backend.cpu.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.api.model.DType;
import io.quire.testkit.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The plain kernels against doubles, the vector kernels against the plain ones, bit for bit. */
@ExtendWith(Seed.class)
class KernelsTest {
  private static final int[] SIZES = {1, 2, 7, 15, 16, 17, 31, 32, 33, 63, 127, 576, 1537};
  private static final Kernels PLAIN = new PlainKernels();
  private static final Kernels VECTOR = new VectorKernels();

  @Test
  void shouldDecodeEveryType(RandomGenerator random) {
    for (DType type : DType.values()) {
      for (int blocks : new int[] {1, 2, 7, 33}) {
        int count = blocks * type.blockElements();
        MemorySegment data = MemorySegment.ofArray(Stored.random(type, count, 1, random));
        float[] plain = new float[count + 2];
        float[] vector = new float[count + 2];
        PLAIN.decode(type, data, 0, count, plain, 1);
        VECTOR.decode(type, data, 0, count, vector, 1);
        assertArrayEquals(plain, vector, type + " of " + count);
        for (int i = 0; i < count; i++) {
          double expected = Stored.value(type, data, i);
          double tolerance = 3e-7 * (Math.abs(expected) + 0.1);
          assertEquals(expected, plain[i + 1], tolerance, type + " value " + i);
        }
      }
    }
  }

  @Test
  void shouldDecodeFromTheMiddleOfMappedMemory(RandomGenerator random) {
    try (Arena arena = Arena.ofConfined()) {
      for (DType type : DType.values()) {
        int count = 8 * type.blockElements();
        MemorySegment data = arena.allocate(type.bytes(count) + 1).asSlice(1);
        MemorySegment.copy(
            Stored.random(type, count, 1, random),
            0,
            data,
            ValueLayout.JAVA_BYTE,
            0,
            (int) type.bytes(count));
        int half = count / 2;
        float[] whole = new float[count];
        float[] part = new float[half];
        PLAIN.decode(type, data, 0, count, whole, 0);
        VECTOR.decode(type, data, type.bytes(half), half, part, 0);
        assertArrayEquals(Arrays.copyOfRange(whole, half, count), part, type.name());
      }
    }
  }

  @Test
  void shouldMultiply(RandomGenerator random) {
    for (int depth : SIZES) {
      for (int rows : new int[] {1, 2, 3, 4, 5, 17, 64}) {
        for (int columns : new int[] {1, 4, 15, 16, 17, 32}) {
          multiply(random, depth, rows, columns);
        }
      }
    }
  }

  private static void multiply(RandomGenerator random, int depth, int rows, int columns) {
    int stride = Kernels.padded(depth);
    float[] in = rows(random, rows, depth, stride);
    float[] panel = rows(random, Kernels.padded(columns), depth, stride);
    float[] plain = new float[rows * Kernels.PANEL];
    float[] vector = new float[rows * Kernels.PANEL];
    Scratch scratch = new Scratch(stride);
    PLAIN.multiply(in, 0, stride, rows, panel, stride, columns, scratch, plain);
    VECTOR.multiply(in, 0, stride, rows, panel, stride, columns, scratch, vector);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        double expected = 0;
        double size = 0;
        for (int k = 0; k < depth; k++) {
          double term = (double) in[r * stride + k] * panel[c * stride + k];
          expected += term;
          size += Math.abs(term);
        }
        String name = rows + " x " + columns + " x " + depth + " at " + r + ", " + c;
        int at = r * Kernels.PANEL + c;
        assertEquals(expected, plain[at], 1e-7 * (4 + depth / 16.0) * size, name);
        assertEquals(plain[at], vector[at], name);
      }
    }
  }

  @Test
  void shouldGiveOneRowTheBitsOfMany(RandomGenerator random) {
    for (DType type : DType.values()) {
      for (int width : new int[] {type.blockElements(), 7 * type.blockElements(), 768}) {
        for (int columns : new int[] {1, 15, 16, 17, 32}) {
          dots(random, type, width, columns);
        }
      }
    }
  }

  private static void dots(RandomGenerator random, DType type, int width, int columns) {
    byte[] stored = Stored.random(type, width * columns, 1, random);
    MemorySegment data = MemorySegment.ofArray(stored);
    int depth = Kernels.padded(width);
    float[] in = rows(random, 4, width, depth);
    Scratch scratch = new Scratch(depth);
    long bytes = type.bytes(width);
    VECTOR.decodePanel(type, data, 0, bytes, columns, width, scratch.panel);
    float[] four = new float[4 * Kernels.PANEL];
    VECTOR.multiply(in, 0, depth, 4, scratch.panel, depth, columns, scratch, four);
    float[] plain = new float[Kernels.PANEL];
    float[] vector = new float[Kernels.PANEL];
    PLAIN.dots(type, data, 0, bytes, columns, in, 2 * depth, width, scratch, plain);
    VECTOR.dots(type, data, 0, bytes, columns, in, 2 * depth, width, scratch, vector);
    for (int c = 0; c < columns; c++) {
      String name = type + " " + columns + " x " + width + " at " + c;
      assertEquals(four[2 * Kernels.PANEL + c], plain[c], name);
      assertEquals(plain[c], vector[c], name);
    }
  }

  @Test
  void shouldSumAndFindTheGreatest(RandomGenerator random) {
    for (int size : SIZES) {
      float[] x = rows(random, 1, size + 3, size + 3);
      double squares = 0;
      float max = Float.NEGATIVE_INFINITY;
      for (int i = 3; i < size + 3; i++) {
        squares += (double) x[i] * x[i];
        max = Math.max(max, x[i]);
      }
      assertEquals(squares, PLAIN.squares(x, 3, size), 1e-6 * squares, "squares of " + size);
      assertEquals(PLAIN.squares(x, 3, size), VECTOR.squares(x, 3, size), "squares of " + size);
      assertEquals(max, PLAIN.max(x, 3, size));
      assertEquals(max, VECTOR.max(x, 3, size));
      x[3 + random.nextInt(size)] = Float.NaN;
      assertEquals(Float.NaN, PLAIN.max(x, 3, size));
      assertEquals(Float.NaN, VECTOR.max(x, 3, size), "NaN among " + size);
    }
  }

  @Test
  void shouldComputeSoftmaxTerms(RandomGenerator random) {
    for (int size : SIZES) {
      float[] x = rows(random, 1, size + 1, size + 1);
      for (int i = 0; i < x.length; i++) {
        x[i] *= 20;
      }
      float max = PLAIN.max(x, 1, size);
      float[] plain = x.clone();
      float[] vector = x.clone();
      float sum = PLAIN.softmaxTerms(plain, 1, size);
      assertEquals(sum, VECTOR.softmaxTerms(vector, 1, size), "sum of " + size);
      assertArrayEquals(plain, vector);
      double expected = 0;
      for (int i = 1; i <= size; i++) {
        double term = Math.exp((double) x[i] - max);
        assertEquals(term, plain[i], 1e-5 * term + 1e-38);
        expected += term;
      }
      assertEquals(expected, sum, 1e-5 * expected);
    }
  }

  @Test
  void shouldComputeTheSameExponentials(RandomGenerator random) {
    float[] x = new float[4099];
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.intBitsToFloat(random.nextInt());
      x[i] = i % 2 == 0 ? x[i] : random.nextFloat() * 200 - 110;
    }
    x[0] = Float.NEGATIVE_INFINITY;
    x[1] = Float.POSITIVE_INFINITY;
    x[2] = Float.NaN;
    float[] plain = new float[x.length];
    float[] vector = new float[x.length];
    PLAIN.exp(x, 0, x.length, 1, 0, plain, 0);
    VECTOR.exp(x, 0, x.length, 1, 0, vector, 0);
    assertArrayEquals(plain, vector);
    assertEquals(0f, plain[0]);
    assertEquals(Float.POSITIVE_INFINITY, plain[1]);
    assertEquals(Float.NaN, plain[2]);
  }

  @Test
  void shouldScoreAndMix(RandomGenerator random) {
    for (int headDim : new int[] {1, 7, 16, 64, 80, 256}) {
      for (int keys : new int[] {1, 7, 16, 33}) {
        scoreAndMix(random, headDim, keys);
      }
    }
  }

  private static void scoreAndMix(RandomGenerator random, int headDim, int keys) {
    int tile = Kernels.QUERY_TILE;
    int stride = Kernels.padded(keys);
    int width = Kernels.padded(headDim);
    float[] q = rows(random, 2 * tile, headDim, headDim);
    float[] k = rows(random, headDim, stride, stride);
    float[] v = rows(random, keys, width, width);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment cache = arena.allocateFrom(ValueLayout.JAVA_FLOAT, k);
      MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_FLOAT, v);
      float[] plain = new float[2 * tile * stride + 1];
      float[] vector = plain.clone();
      PLAIN.scores(q, 2 * tile, headDim, cache, 0, stride, plain, 1, stride);
      VECTOR.scores(q, 2 * tile, headDim, cache, 0, stride, vector, 1, stride);
      assertArrayEquals(plain, vector, headDim + " dimensions, " + keys + " keys");
      double expected = 0;
      for (int d = 0; d < headDim; d++) {
        expected += (double) q[d] * k[d * stride + keys - 1];
      }
      assertEquals(expected, plain[keys], 1e-5 * headDim);
      for (int rows : new int[] {1, tile}) {
        float[] sums = rows(random, rows, width, width);
        float[] other = sums.clone();
        double sum = sums[0];
        for (int j = 0; j < keys; j++) {
          sum += (double) plain[1 + j] * v[j * width];
        }
        PLAIN.mix(plain, 1, stride, rows, values, 0, keys, width, sums, 0);
        VECTOR.mix(plain, 1, stride, rows, values, 0, keys, width, other, 0);
        assertArrayEquals(sums, other, headDim + " dimensions, " + keys + " keys");
        assertEquals(sum, sums[0], 1e-5 * headDim * keys);
      }
    }
  }

  private static float[] rows(RandomGenerator random, int rows, int width, int stride) {
    float[] values = new float[rows * stride];
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < width; i++) {
        values[r * stride + i] = (float) random.nextGaussian();
      }
    }
    return values;
  }
}
