package io.quire.formats.random;

import io.quire.api.model.Tensor;
import io.quire.api.model.Weights;
import io.quire.formats.ModelMemory;
import io.quire.formats.TensorTable;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/** Makes each tensor when it is first asked for, on all processors, and keeps it. */
final class RandomWeights implements Weights {
  /** Elements that are made in one go; whole blocks of every type, and small enough for caches. */
  private static final int CHUNK = 1 << 14;

  private final Map<String, Slot> slots = new LinkedHashMap<>();
  private final String location;
  private final long seed;
  private final ModelMemory memory;

  RandomWeights(String location, List<RandomTensor> tensors, long seed, ModelMemory memory) {
    this.location = location;
    this.seed = seed;
    this.memory = memory;
    tensors.forEach(t -> slots.put(t.name(), new Slot(t)));
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(slots.keySet());
  }

  @Override
  public Tensor tensor(String name) {
    Slot slot = slots.get(name);
    if (slot == null) {
      throw TensorTable.missing(name, slots.keySet());
    }
    return slot.get();
  }

  long bytes() {
    return slots.values().stream().mapToLong(s -> s.tensor.bytes()).sum();
  }

  private Tensor make(RandomTensor tensor) {
    MemorySegment data = memory.allocate(tensor.bytes());
    long key = tensor.key(seed);
    long elements = tensor.elements();
    LongStream.range(0, Math.ceilDiv(elements, CHUNK))
        .parallel()
        .forEach(chunk -> fill(tensor, key, chunk * CHUNK, elements, data));
    return new Tensor(tensor.name(), tensor.dtype(), tensor.shape(), data.asReadOnly());
  }

  private static void fill(
      RandomTensor tensor, long key, long start, long elements, MemorySegment data) {
    int count = (int) Math.min(CHUNK, elements - start);
    float[] values = new float[count];
    tensor.fill(key, start, values, count);
    byte[] bytes = new byte[Math.toIntExact(tensor.dtype().bytes(count))];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Encoder.encode(tensor.dtype(), values, count, out);
    MemorySegment.copy(
        MemorySegment.ofArray(bytes), 0, data, tensor.dtype().bytes(start), bytes.length);
  }

  /** A tensor, made once whoever asks first. */
  private final class Slot {
    private final RandomTensor tensor;
    private Optional<Tensor> made = Optional.empty();

    Slot(RandomTensor tensor) {
      this.tensor = tensor;
    }

    synchronized Tensor get() {
      if (made.isEmpty()) {
        made = Optional.of(make(tensor));
      }
      return made.get();
    }
  }
}
