package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.KvLayout;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.AttentionSpec;
import io.quire.gpu.kernel.Arguments;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values in blocks: of each layer one buffer of keys and one of values. Behind the blocks
 * that requests are given there is one more, where steps that are padded write.
 */
final class KvMemory {
  /** Arguments that are a layer's cache. */
  static final List<String> NAMES = List.of("k_cache", "v_cache");

  private static final int ELEMENT_BYTES = 2;

  private final List<AttentionSpec> layers;
  private final int blockTokens;
  private final List<DeviceBuffer> buffers = new ArrayList<>();
  private int blocks;

  KvMemory(List<AttentionSpec> layers, PlanOptions options) {
    this.layers = layers;
    blockTokens = options.blockTokens();
  }

  KvLayout layout() {
    long bytes = 0;
    for (AttentionSpec spec : layers) {
      bytes = Math.addExact(bytes, Math.multiplyExact(2L, blockBytes(spec)));
    }
    return new KvLayout(blockTokens, bytes);
  }

  private long blockBytes(AttentionSpec spec) {
    return Math.multiplyExact((long) blockTokens * ELEMENT_BYTES, (long) spec.kvWidth());
  }

  /** {@return the block that is for padding alone} */
  int paddingBlock() {
    return blocks;
  }

  /** {@return blocks allocated, that for padding excepted} */
  int blocks() {
    return blocks;
  }

  /**
   * Allocates all layers, or nothing.
   *
   * @param memory where
   * @param count blocks
   */
  void allocate(DeviceMemory memory, int count) {
    try {
      for (AttentionSpec spec : layers) {
        // Filled, since a kernel may read places behind a sequence and multiply them with zero.
        buffers.add(zeros(memory, Math.multiplyExact(blockBytes(spec), count + 1L)));
        buffers.add(zeros(memory, Math.multiplyExact(blockBytes(spec), count + 1L)));
      }
      blocks = count;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static DeviceBuffer zeros(DeviceMemory memory, long bytes) {
    DeviceBuffer buffer = memory.driver().allocate(bytes);
    memory.queue().fill(buffer, 0, bytes, (byte) 0);
    return buffer;
  }

  /** Adds the cache of a layer to arguments. */
  void offer(int layer, Arguments arguments) {
    arguments
        .buffer(NAMES.getFirst(), buffers.get(2 * layer))
        .buffer(NAMES.getLast(), buffers.get(2 * layer + 1));
  }

  /** Queues the copy of a block, all layers of it. */
  void copy(DeviceMemory memory, int source, int target) {
    for (int i = 0; i < buffers.size(); i++) {
      long bytes = blockBytes(layers.get(i / 2));
      DeviceBuffer buffer = buffers.get(i);
      memory.queue().copy(buffer, source * bytes, buffer, target * bytes, bytes);
    }
  }

  /** Frees it; it can be allocated again. */
  void close() {
    blocks = 0;
    Closing.all(buffers);
  }
}
