package io.quire.backend.cpu.plan;

import io.quire.api.device.DeviceException;
import io.quire.api.model.Value;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Memory of a graph's values: a value that is no longer read lends its memory to later ones of the
 * same width. Only values of the same width, because the padding of rows must stay zero.
 */
final class Memory {
  private final int tokens;
  private final int rows;
  private final Map<Shape, Deque<float[]>> free = new HashMap<>();
  private final Map<Integer, Matrix> matrices = new HashMap<>();

  private record Shape(Value.Rows rows, int width) {}

  /**
   * Places all values.
   *
   * @param nodes the graph
   * @param logits the last value
   * @param tokens rows of a value per token
   * @param rows rows of a value per row of logits
   */
  Memory(List<Node> nodes, Value logits, int tokens, int rows) {
    this.tokens = tokens;
    this.rows = rows;
    Map<Integer, Integer> lastUse = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (Value in : nodes.get(i).inputs()) {
        lastUse.put(in.id(), i);
      }
    }
    lastUse.put(logits.id(), nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      place(nodes.get(i), i, lastUse);
    }
  }

  private void place(Node node, int index, Map<Integer, Integer> lastUse) {
    List<Value> dying = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    for (Value in : node.inputs()) {
      if (lastUse.get(in.id()) == index && seen.add(in.id())) {
        dying.add(in);
      }
    }
    dying.stream().filter(node.reusable()::contains).forEach(this::release);
    node.outputs().forEach(out -> matrices.put(out.id(), take(out)));
    dying.stream().filter(v -> !node.reusable().contains(v)).forEach(this::release);
    for (Value out : node.outputs()) {
      if (!lastUse.containsKey(out.id())) {
        release(out);
      }
    }
  }

  /** Where a value lies. */
  Matrix of(Value value) {
    return matrices.get(value.id());
  }

  private void release(Value value) {
    pool(value).push(matrices.get(value.id()).data());
  }

  private Matrix take(Value value) {
    int stride = Kernels.padded(value.width());
    Deque<float[]> pool = pool(value);
    float[] data = pool.isEmpty() ? allocate(value, stride) : pool.pop();
    return new Matrix(data, value.width(), stride);
  }

  private float[] allocate(Value value, int stride) {
    int count = value.rows() == Value.Rows.TOKENS ? tokens : rows;
    long size = (long) count * stride;
    if (size > Integer.MAX_VALUE - 64) {
      throw new DeviceException(
          "an activation of "
              + count
              + " rows of "
              + stride
              + " values exceeds the 2^31 - 65 values of a Java array."
              + " Lower max-num-batched-tokens.");
    }
    return new float[(int) size];
  }

  private Deque<float[]> pool(Value value) {
    return free.computeIfAbsent(new Shape(value.rows(), value.width()), s -> new ArrayDeque<>());
  }
}
