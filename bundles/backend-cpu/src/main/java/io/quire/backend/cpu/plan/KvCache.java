package io.quire.backend.cpu.plan;

import io.quire.api.device.KvLayout;
import io.quire.api.model.AttentionSpec;
import io.quire.backend.cpu.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Keys and values in blocks, as floats outside the heap. A block holds layer after layer: of each
 * KV head the keys, transposed so that a vector holds the same element of neighbouring keys: {@code
 * [headDim][keyStride]}; then of each KV head the values {@code [blockTokens][valueWidth]}. Strides
 * are padded to whole vectors; the padding of values stays zero.
 */
final class KvCache {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.nativeOrder());

  private final int blockTokens;
  private final int keyStride;
  private final List<AttentionSpec> layers;
  private final long[] layerOffsets;
  private final long blockBytes;
  private MemorySegment memory = MemorySegment.NULL;
  private int blocks;

  KvCache(List<AttentionSpec> layers, int blockTokens) {
    this.layers = layers;
    this.blockTokens = blockTokens;
    keyStride = Kernels.padded(blockTokens);
    layerOffsets = new long[layers.size() + 1];
    for (int i = 0; i < layers.size(); i++) {
      AttentionSpec spec = layers.get(i);
      long head = Math.addExact(keyBytes(spec), valueBytes(spec));
      layerOffsets[i + 1] =
          Math.addExact(layerOffsets[i], Math.multiplyExact(head, (long) spec.kvHeads()));
    }
    blockBytes = layerOffsets[layers.size()];
  }

  private long keyBytes(AttentionSpec spec) {
    return Math.multiplyExact((long) spec.headDim() * Float.BYTES, (long) keyStride);
  }

  private long valueBytes(AttentionSpec spec) {
    return Math.multiplyExact(
        (long) Kernels.padded(spec.headDim()) * Float.BYTES, (long) blockTokens);
  }

  KvLayout layout() {
    return new KvLayout(blockTokens, blockBytes);
  }

  int blocks() {
    return blocks;
  }

  void allocate(NativeMemory from, int count) {
    memory = from.allocate(Math.max(1, Math.multiplyExact(blockBytes, (long) count)));
    blocks = count;
  }

  MemorySegment memory() {
    return memory;
  }

  int keyStride() {
    return keyStride;
  }

  /** The byte where a head's keys in a block begin. */
  long keys(int block, int layer, int head) {
    return block * blockBytes + layerOffsets[layer] + head * keyBytes(layers.get(layer));
  }

  /** The byte where a head's values in a block begin. */
  long values(int block, int layer, int head) {
    AttentionSpec spec = layers.get(layer);
    return block * blockBytes
        + layerOffsets[layer]
        + spec.kvHeads() * keyBytes(spec)
        + head * valueBytes(spec);
  }

  void copy(int source, int target) {
    MemorySegment.copy(memory, source * blockBytes, memory, target * blockBytes, blockBytes);
  }

  /** Stores one token's keys and values of a layer. */
  void store(int layer, int block, int offset, float[] k, int kAt, float[] v, int vAt) {
    AttentionSpec spec = layers.get(layer);
    int dim = spec.headDim();
    for (int head = 0; head < spec.kvHeads(); head++) {
      long key = keys(block, layer, head) + (long) offset * Float.BYTES;
      for (int d = 0; d < dim; d++) {
        long at = key + (long) d * keyStride * Float.BYTES;
        memory.set(FLOAT, at, k[kAt + head * dim + d]);
      }
      long value = values(block, layer, head) + (long) offset * Kernels.padded(dim) * Float.BYTES;
      MemorySegment.copy(v, vAt + head * dim, memory, FLOAT, value, dim);
    }
  }
}
