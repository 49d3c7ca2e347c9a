package io.quire.formats;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.quire.api.model.ModelFormatException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Damages files in the ways that matter, and checks what a reader does with them. */
public final class Mutations {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Mutations() {}

  /**
   * Hands damaged copies to a reader, which must accept them or throw {@link ModelFormatException},
   * and must not allocate more than the file's size justifies.
   *
   * @return how many were refused
   */
  public static int run(byte[] good, int times, RandomGenerator random, Consumer<byte[]> reader) {
    int refused = 0;
    for (int i = 0; i < times; i++) {
      byte[] bad = mutate(good, random);
      refused += refuses(reader, bad) ? 1 : 0;
      // Measured the second time: the first may load classes and link call sites.
      long before = THREADS.getCurrentThreadAllocatedBytes();
      refuses(reader, bad);
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      assertTrue(allocated < (1L << 20) + 200L * bad.length, "allocated " + allocated);
    }
    return refused;
  }

  private static boolean refuses(Consumer<byte[]> reader, byte[] bad) {
    try {
      reader.accept(bad);
      return false;
    } catch (ModelFormatException e) {
      assertTrue(e.getMessage().length() < 1000, e.getMessage());
      return true;
    }
  }

  private static byte[] mutate(byte[] good, RandomGenerator random) {
    byte[] copy = good.clone();
    int rounds = 1 + random.nextInt(3);
    for (int i = 0; i < rounds; i++) {
      copy = once(copy, random);
    }
    return copy;
  }

  private static byte[] once(byte[] file, RandomGenerator random) {
    if (file.length == 0) {
      return file;
    }
    int at = random.nextInt(Math.max(1, file.length - 8));
    ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    switch (random.nextInt(6)) {
      case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> file[at] = (byte) random.nextInt();
      case 2 -> {
        if (file.length >= at + 8) {
          numbers.putLong(at, extreme(file.length, random));
        }
      }
      case 3 -> {
        if (file.length >= at + 4) {
          numbers.putInt(at, (int) extreme(file.length, random));
        }
      }
      case 4 -> {
        return Arrays.copyOf(file, at);
      }
      default -> {
        int length = Math.min(1 + random.nextInt(64), file.length - at);
        int to = random.nextInt(Math.max(1, file.length - length));
        System.arraycopy(file, at, file, to, length);
      }
    }
    return file;
  }

  private static long extreme(int size, RandomGenerator random) {
    long[] values = {
      0,
      1,
      -1,
      Long.MIN_VALUE,
      Long.MAX_VALUE,
      1L << 60,
      1L << 32,
      1L << 31,
      65536,
      size,
      size - 8,
      random.nextInt(16),
      random.nextLong()
    };
    return values[random.nextInt(values.length)];
  }
}
