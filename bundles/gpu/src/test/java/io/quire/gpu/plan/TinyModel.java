package io.quire.gpu.plan;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.DType;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Tensor;
import io.quire.api.model.Value;
import io.quire.api.model.Weights;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A model of two layers whose weights are zeros; the table of tokens is its last matrix too. */
final class TinyModel implements Weights {
  static final int VOCABULARY = 96;
  static final int HIDDEN = 64;
  static final int INNER = 128;
  static final int LAYERS = 2;
  static final AttentionSpec ATTENTION = new AttentionSpec(4, 2, 16, 0.25f, 0, 0);
  static final RopeSpec ROPE =
      new RopeSpec(RopeSpec.Style.HALVES, 16, 10_000, new RopeSpec.Unscaled());

  private final Map<String, Tensor> tensors = new TreeMap<>();
  private final ModelGraph graph;

  TinyModel() {
    ModelGraph.Builder b = ModelGraph.builder("tiny", VOCABULARY, 256);
    String table = tensor("table", VOCABULARY, HIDDEN);
    Value x = b.embed(table, HIDDEN, 1);
    for (int i = 0; i < LAYERS; i++) {
      Value n = norm(b, x, "attention" + i);
      Value q = b.rope(linear(b, n, "q" + i, 64), 4, ROPE);
      Value k = b.rope(linear(b, n, "k" + i, 32), 2, ROPE);
      Value v = linear(b, n, "v" + i, 32);
      x = b.add(x, linear(b, b.attention(q, k, v, ATTENTION), "o" + i, HIDDEN));
      n = norm(b, x, "inner" + i);
      Value gate = linear(b, n, "gate" + i, INNER);
      Value up = linear(b, n, "up" + i, INNER);
      x = b.add(x, linear(b, b.gated(gate, up, Op.Function.SILU), "down" + i, HIDDEN));
    }
    Value last = norm(b, b.takeRows(x), "last");
    graph = b.build(b.linear(last, table, VOCABULARY));
  }

  private Value norm(ModelGraph.Builder builder, Value in, String name) {
    return builder.rmsNorm(in, tensor(name, in.width()), 1, 1e-5f, 0);
  }

  private Value linear(ModelGraph.Builder builder, Value in, String name, int width) {
    return builder.linear(in, tensor(name, width, in.width()), width);
  }

  private String tensor(String name, long... shape) {
    long elements = java.util.Arrays.stream(shape).reduce(1, Math::multiplyExact);
    MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(4 * elements)]);
    List<Long> sizes = java.util.Arrays.stream(shape).boxed().toList();
    tensors.put(name, new Tensor(name, DType.F32, sizes, data));
    return name;
  }

  ModelGraph graph() {
    return graph;
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Tensor tensor(String name) {
    return tensors.get(name);
  }
}
