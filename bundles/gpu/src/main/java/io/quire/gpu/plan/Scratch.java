package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.gpu.kernel.Arguments;
import io.quire.gpu.kernel.KernelProgram;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory that kernels want for themselves. Operations run one after the other, so all share it: one
 * part that kernels find undefined, one that each leaves filled with zeros. It never changes; where
 * it is too small, another takes its place.
 */
final class Scratch {
  private static final long ALIGNMENT = 256;

  private final DeviceBuffer undefined;
  private final DeviceBuffer zeros;
  private final Map<Place, DeviceBuffer> slices = new HashMap<>();

  private record Place(boolean zeroed, long offset, long bytes) {}

  /** Bytes of either part. */
  record Need(long undefined, long zeroed) {
    static final Need LEAST = new Need(ALIGNMENT, ALIGNMENT);

    /** {@return what both can do with} */
    Need and(Need other) {
      return new Need(Math.max(undefined, other.undefined), Math.max(zeroed, other.zeroed));
    }

    /** {@return what a kernel wants} */
    static Need of(List<KernelProgram.Scratch> pieces) {
      long[] sums = new long[2];
      pieces.forEach(piece -> sums[piece.zeroed() ? 1 : 0] += aligned(piece.bytes()));
      return new Need(sums[0], sums[1]);
    }
  }

  private Scratch(DeviceBuffer undefined, DeviceBuffer zeros) {
    this.undefined = undefined;
    this.zeros = zeros;
  }

  /**
   * Allocates it.
   *
   * @param driver where
   * @param need sizes
   * @return memory whose zeros are still to be filled in
   */
  static Scratch allocate(DeviceDriver driver, Need need) {
    DeviceBuffer undefined = driver.allocate(need.undefined());
    try {
      return new Scratch(undefined, driver.allocate(need.zeroed()));
    } catch (RuntimeException e) {
      undefined.close();
      throw e;
    }
  }

  boolean suffices(Need need) {
    return need.undefined() <= undefined.bytes() && need.zeroed() <= zeros.bytes();
  }

  /** {@return at least the sizes that this has} */
  Need size() {
    return new Need(undefined.bytes(), zeros.bytes());
  }

  /** Fills in the zeros, on the queue on which the kernels will run. */
  void clear(CommandQueue queue) {
    queue.fill(zeros, 0, zeros.bytes(), (byte) 0);
  }

  /** Adds a kernel's pieces to its arguments. */
  void offer(List<KernelProgram.Scratch> pieces, Arguments arguments) {
    long[] next = new long[2];
    for (KernelProgram.Scratch piece : pieces) {
      int kind = piece.zeroed() ? 1 : 0;
      Place place = new Place(piece.zeroed(), next[kind], piece.bytes());
      arguments.buffer(piece.name(), slices.computeIfAbsent(place, this::slice));
      next[kind] += aligned(piece.bytes());
    }
  }

  private DeviceBuffer slice(Place place) {
    return (place.zeroed() ? zeros : undefined).slice(place.offset(), place.bytes());
  }

  /** {@return what is to be closed} */
  List<DeviceBuffer> buffers() {
    return List.of(undefined, zeros);
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }
}
