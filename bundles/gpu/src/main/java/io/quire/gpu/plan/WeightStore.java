package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.StagingBuffer;
import io.quire.api.model.DType;
import io.quire.api.model.Tensor;
import io.quire.api.model.Weights;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Weights on the device: matrices as stored in the file, each once; vectors in single precision.
 */
final class WeightStore {
  private static final long PIECE = 8L << 20;
  private static final String COPY = "copy weights";
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Weights weights;
  private final DeviceMemory memory;
  private final Map<String, DeviceBuffer> matrices = new HashMap<>();
  private final StagingBuffer[] staging = new StagingBuffer[2];
  private final CommandQueue.Fence[] fences = new CommandQueue.Fence[2];
  private int turn;

  WeightStore(Weights weights, DeviceMemory memory) {
    this.weights = weights;
    this.memory = memory;
    for (int i = 0; i < staging.length; i++) {
      staging[i] = memory.driver().allocateStaging(PIECE);
    }
  }

  /** {@return the registry's name of a tensor's type} */
  String dtype(String name) {
    return weights.tensor(name).dtype().name().toLowerCase(java.util.Locale.ROOT);
  }

  /** A matrix of at least so many rows. */
  DeviceBuffer matrix(String name, int rows, int columns, boolean moreRows) {
    Tensor tensor = weights.tensor(name);
    boolean fits = moreRows ? tensor.rows() >= rows : tensor.rows() == rows;
    if (!fits || tensor.columns() != columns) {
      throw mismatch(tensor, "[" + rows + ", " + columns + "]");
    }
    return matrices.computeIfAbsent(name, n -> upload(tensor.data()));
  }

  /** A vector in single precision, with a constant added. */
  DeviceBuffer vector(String name, int length, float offset) {
    float[] values = values(name, length);
    for (int i = 0; i < length; i++) {
      values[i] += offset;
    }
    return floats(values);
  }

  /** A small tensor's values. */
  float[] values(String name, int length) {
    Tensor tensor = weights.tensor(name);
    if (tensor.elements() != length) {
      throw mismatch(tensor, "[" + length + "]");
    }
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = value(tensor, i);
    }
    return values;
  }

  private static float value(Tensor tensor, int index) {
    MemorySegment data = tensor.data();
    return switch (tensor.dtype()) {
      case DType.F32 -> data.get(FLOAT, 4L * index);
      case DType.F16 -> Float.float16ToFloat(data.get(SHORT, 2L * index));
      case DType.BF16 -> Float.intBitsToFloat(data.get(SHORT, 2L * index) << 16);
      default ->
          throw new DeviceException(
              "tensor "
                  + tensor.name()
                  + " is a vector in "
                  + tensor.dtype()
                  + "; vectors must be stored as F32, F16 or BF16");
    };
  }

  DeviceBuffer floats(float[] values) {
    return upload(MemorySegment.ofArray(values));
  }

  /** Copies piece by piece: while one is on its way, the next one is read from the file. */
  private DeviceBuffer upload(MemorySegment data) {
    long bytes = data.byteSize();
    DeviceBuffer buffer = memory.allocate(bytes);
    for (long from = 0; from < bytes; from += PIECE) {
      long length = Math.min(PIECE, bytes - from);
      Optional.ofNullable(fences[turn]).ifPresent(f -> memory.finish(f, COPY));
      MemorySegment.copy(data, from, staging[turn].segment(), 0, length);
      memory.queue().upload(staging[turn], 0, buffer, from, length);
      fences[turn] = memory.queue().fence();
      turn = 1 - turn;
    }
    return buffer;
  }

  /** Waits for the copies and frees the staging memory. */
  void finish() {
    memory.finish(COPY);
    release();
  }

  /** Frees the staging memory. */
  void release() {
    for (int i = 0; i < staging.length; i++) {
      if (staging[i] != null) {
        Closing.one(staging[i]);
        staging[i] = null;
      }
    }
  }

  private static DeviceException mismatch(Tensor tensor, String wanted) {
    return new DeviceException(
        "tensor "
            + tensor.name()
            + " has the shape "
            + tensor.shape()
            + ", but the graph needs "
            + wanted
            + ". The file does not fit its own description.");
  }
}
