package io.quire.backend.cpu.plan;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.DType;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Tensor;
import io.quire.api.model.Value;
import io.quire.api.model.Weights;
import io.quire.backend.cpu.kernel.Stored;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** A small model of random sizes and types that uses every op. */
final class RandomModel implements Weights {
  private static final List<DType> LOOSE = List.of(DType.F32, DType.F16, DType.BF16);
  private static final List<DType> BLOCKS =
      List.of(DType.Q4_0, DType.Q4_1, DType.Q5_0, DType.Q5_1, DType.Q8_0, DType.F16);

  private final RandomGenerator random;
  private final Map<String, Tensor> tensors = new HashMap<>();
  private ModelGraph.Builder graph;
  private int hidden;
  private int headDim;
  private int kvHeads;
  private int group;
  private int inner;

  private RandomModel(RandomGenerator random) {
    this.random = random;
  }

  /** Draws a model. */
  static Model draw(RandomGenerator random) {
    RandomModel weights = new RandomModel(random);
    return new Model(weights.build(), weights, () -> {});
  }

  private ModelGraph build() {
    boolean blocks = random.nextBoolean();
    hidden = blocks ? 32 * random.nextInt(1, 5) : random.nextInt(3, 90);
    inner = blocks ? 32 * random.nextInt(1, 6) : random.nextInt(3, 120);
    headDim = blocks ? 32 : 2 * random.nextInt(2, 20);
    kvHeads = random.nextInt(1, 4);
    group = random.nextInt(1, 4);
    int vocabulary = random.nextInt(17, 300);
    graph = ModelGraph.builder("random", vocabulary, 512);
    Value x = graph.embed(tensor("embed", vocabulary, hidden), hidden, 1.5f);
    int layers = random.nextInt(1, 4);
    for (int i = 0; i < layers; i++) {
      x = graph.add(x, attention(norm(x, "an" + i, 1), i));
      x = graph.add(mlp(norm(x, "mn" + i, 1), i), x);
    }
    Value last = norm(graph.takeRows(x), "last", 1);
    Value logits = graph.linear(last, tensor("head", vocabulary, hidden), vocabulary);
    return graph.build(random.nextBoolean() ? graph.softcap(logits, 20) : logits);
  }

  private Value attention(Value x, int layer) {
    int window = random.nextBoolean() ? 0 : random.nextInt(1, 40);
    float cap = random.nextInt(3) == 0 ? 15 : 0;
    float scale = (float) (1 / Math.sqrt(headDim));
    var spec = new AttentionSpec(kvHeads * group, kvHeads, headDim, scale, window, cap);
    boolean bias = random.nextBoolean();
    Value q = linear(x, "q" + layer, spec.queryWidth(), bias);
    Value k = linear(x, "k" + layer, spec.kvWidth(), bias);
    Value v = linear(x, "v" + layer, spec.kvWidth(), random.nextBoolean());
    if (random.nextBoolean()) {
      q = norm(q, "qn" + layer, spec.queryHeads());
      k = norm(k, "kn" + layer, spec.kvHeads());
    }
    RopeSpec rope = rope(layer);
    q = graph.rope(q, spec.queryHeads(), rope);
    k = graph.rope(k, spec.kvHeads(), rope);
    Value out = linear(graph.attention(q, k, v, spec), "o" + layer, hidden, random.nextBoolean());
    return random.nextBoolean() ? norm(out, "on" + layer, 1) : out;
  }

  private RopeSpec rope(int layer) {
    var style = random.nextBoolean() ? RopeSpec.Style.HALVES : RopeSpec.Style.INTERLEAVED;
    int dimensions = random.nextBoolean() ? headDim : 2 * random.nextInt(1, headDim / 2 + 1);
    RopeSpec.Scaling scaling =
        switch (random.nextInt(4)) {
          case 0 -> new RopeSpec.Unscaled();
          case 1 -> new RopeSpec.Linear(4);
          case 2 -> new RopeSpec.Llama3(8, 1, 4, 64);
          default -> new RopeSpec.Divisors(divisors("divisors" + layer, dimensions / 2));
        };
    return new RopeSpec(style, dimensions, 10_000, scaling);
  }

  private Value mlp(Value x, int layer) {
    Op.Function function = Op.Function.values()[random.nextInt(3)];
    switch (random.nextInt(3)) {
      case 0 -> {
        Value gate = linear(x, "gate" + layer, inner, false);
        Value up = linear(x, "up" + layer, inner, false);
        return linear(graph.gated(gate, up, function), "down" + layer, hidden, false);
      }
      case 1 -> {
        Value gate = linear(x, "gate" + layer, inner, true);
        Value up = linear(x, "up" + layer, inner, true);
        return linear(graph.gated(gate, up, function), "down" + layer, hidden, true);
      }
      default -> {
        Value up = graph.activation(linear(x, "up" + layer, inner, true), function);
        Value down = linear(graph.mul(up, graph.scale(up, 0.3f)), "down" + layer, hidden, false);
        return graph.scale(down, 0.7f);
      }
    }
  }

  private Value linear(Value x, String name, int width, boolean bias) {
    Value y = graph.linear(x, tensor(name, width, x.width()), width);
    return bias ? graph.addBias(y, vector(name + ".bias", width, 0.1)) : y;
  }

  private Value norm(Value x, String name, int groups) {
    String weight = vector(name, x.width() / groups, 0.3);
    return graph.rmsNorm(x, weight, groups, 1e-5f, random.nextInt(2));
  }

  private String vector(String name, int length, double size) {
    return put(name, List.of((long) length), size);
  }

  /** Positive numbers between 1 and 3. */
  private String divisors(String name, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = 1 + 2 * random.nextFloat();
    }
    var data = MemorySegment.ofArray(values).asReadOnly();
    tensors.put(name, new Tensor(name, DType.F32, List.of((long) length), bytes(data)));
    return name;
  }

  private String put(String name, List<Long> shape, double size) {
    int length = Math.toIntExact(shape.stream().reduce(1L, (a, b) -> a * b));
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (size * random.nextGaussian() + (size < 0.2 ? 0 : 1));
    }
    MemorySegment data = bytes(MemorySegment.ofArray(values));
    tensors.put(name, new Tensor(name, DType.F32, shape, data));
    return name;
  }

  private static MemorySegment bytes(MemorySegment floats) {
    byte[] copy = new byte[Math.toIntExact(floats.byteSize())];
    MemorySegment.copy(floats, 0, MemorySegment.ofArray(copy), 0, copy.length);
    return MemorySegment.ofArray(copy);
  }

  private String tensor(String name, int rows, int columns) {
    if (tensors.containsKey(name)) {
      return name;
    }
    List<DType> types = columns % 32 == 0 ? BLOCKS : LOOSE;
    DType type = types.get(random.nextInt(types.size()));
    byte[] data = Stored.random(type, rows * columns, 1 / Math.sqrt(columns), random);
    var shape = List.of((long) rows, (long) columns);
    tensors.put(name, new Tensor(name, type, shape, MemorySegment.ofArray(data)));
    return name;
  }

  @Override
  public Set<String> names() {
    return Set.copyOf(tensors.keySet());
  }

  @Override
  public Tensor tensor(String name) {
    return tensors.get(name);
  }
}
