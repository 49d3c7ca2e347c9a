package io.quire.testkit.device;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.DType;
import io.quire.api.model.ModelFormatException;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.RopeSpec;
import io.quire.api.model.Tensor;
import io.quire.api.model.Value;
import io.quire.api.model.Weights;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** A llama-like model of two layers with fixed F32 weights, small enough for any device. */
public final class TinyModel implements Weights {
  /** Its vocabulary. */
  public static final int VOCABULARY = 97;

  private static final int HIDDEN = 64;
  private static final int INNER = 96;
  private static final AttentionSpec ATTENTION = new AttentionSpec(4, 2, 16, 0.25f, 0, 0);
  private static final RopeSpec ROPE =
      new RopeSpec(RopeSpec.Style.HALVES, 16, 10_000, new RopeSpec.Unscaled());

  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(20_26);
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final ModelGraph graph;
  private final String location;

  /** Makes the weights. */
  public TinyModel() {
    this("");
  }

  private TinyModel(String location) {
    this.location = location;
    var builder = ModelGraph.builder("tiny", VOCABULARY, 256);
    Value x = builder.embed(matrix("embed", VOCABULARY, HIDDEN), HIDDEN, 8);
    for (int i = 0; i < 2; i++) {
      Value n = builder.rmsNorm(x, ones("an" + i), 1, 1e-5f, 0);
      Value q = builder.linear(n, matrix("q" + i, 64, HIDDEN), 64);
      Value k = builder.linear(n, matrix("k" + i, 32, HIDDEN), 32);
      Value v = builder.linear(n, matrix("v" + i, 32, HIDDEN), 32);
      q = builder.rope(q, 4, ROPE);
      k = builder.rope(k, 2, ROPE);
      Value a = builder.attention(q, k, v, ATTENTION);
      x = builder.add(x, builder.linear(a, matrix("o" + i, HIDDEN, 64), HIDDEN));
      n = builder.rmsNorm(x, ones("mn" + i), 1, 1e-5f, 0);
      Value gate = builder.linear(n, matrix("g" + i, INNER, HIDDEN), INNER);
      Value up = builder.linear(n, matrix("u" + i, INNER, HIDDEN), INNER);
      Value inner = builder.gated(gate, up, Op.Function.SILU);
      x = builder.add(x, builder.linear(inner, matrix("d" + i, HIDDEN, INNER), HIDDEN));
    }
    Value last = builder.rmsNorm(builder.takeRows(x), ones("last"), 1, 1e-5f, 0);
    graph = builder.build(builder.linear(last, matrix("head", VOCABULARY, HIDDEN), VOCABULARY));
  }

  /**
   * Writes the model as safetensors, so that another process can open it too.
   *
   * @param folder where {@code config.json} and {@code model.safetensors} are written
   * @return the model, with that location
   * @throws IOException if they cannot be written
   */
  public static TinyModel save(Path folder) throws IOException {
    TinyModel model = new TinyModel(folder.toString());
    Files.writeString(folder.resolve("config.json"), "{\"architectures\": [\"Tiny\"]}");
    try (OutputStream out = Files.newOutputStream(folder.resolve("model.safetensors"))) {
      byte[] header = model.header().getBytes(StandardCharsets.UTF_8);
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      out.write(length.putLong(header.length).array());
      out.write(header);
      for (Tensor tensor : model.tensors.values()) {
        out.write(tensor.data().toArray(ValueLayout.JAVA_BYTE));
      }
    }
    return model;
  }

  /** Where each tensor lies in the data of a safetensors file. */
  private String header() {
    List<String> entries = new ArrayList<>();
    long at = 0;
    for (Tensor tensor : tensors.values()) {
      long end = at + tensor.data().byteSize();
      String shape = "\"shape\": " + tensor.shape();
      String offsets = "\"data_offsets\": " + List.of(at, end);
      entries.add(
          "\"" + tensor.name() + "\": {\"dtype\": \"F32\", " + shape + ", " + offsets + "}");
      at = end;
    }
    return "{" + String.join(", ", entries) + "}";
  }

  /** {@return the forward pass} */
  public ModelGraph graph() {
    return graph;
  }

  private String matrix(String name, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * random.nextGaussian() / Math.sqrt(columns));
    }
    return put(name, List.of((long) rows, (long) columns), values);
  }

  private String ones(String name) {
    float[] values = new float[HIDDEN];
    Arrays.fill(values, 1);
    return put(name, List.of((long) HIDDEN), values);
  }

  private String put(String name, List<Long> shape, float[] values) {
    MemorySegment data = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
    var little = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    MemorySegment.copy(values, 0, data, little, 0, values.length);
    tensors.put(name, new Tensor(name, DType.F32, shape, data.asReadOnly()));
    return name;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public Set<String> names() {
    return Set.copyOf(tensors.keySet());
  }

  @Override
  public Tensor tensor(String name) {
    if (!tensors.containsKey(name)) {
      throw new ModelFormatException("the tiny model has no tensor " + name);
    }
    return tensors.get(name);
  }
}
