package io.quire.gpu.tune;

import io.quire.api.device.DeviceException;
import io.quire.api.model.DType;
import io.quire.gpu.tune.Contents.Content;
import io.quire.gpu.tune.Contents.Format;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Collects the arguments of a workload. Traffic is counted for what is added as input or output.
 */
final class WorkloadMaker {
  final Map<String, Integer> shape;
  final Format element;
  private final Map<String, Workload.Argument> arguments = new LinkedHashMap<>();
  private final Map<String, Integer> sizes = new HashMap<>();
  private final List<Workload.Result> results = new ArrayList<>();
  private long bytes;
  private long operations;

  WorkloadMaker(Map<String, Integer> shape, String dtype) {
    this.shape = shape;
    boolean half = shape.getOrDefault("ELEM_FP16", dtype.equals("f16") ? 1 : 0) == 1;
    element = half ? Format.F16 : Format.BF16;
  }

  /** A number of the shape. */
  int number(String name) {
    Integer value = shape.get(name);
    if (value == null || value < 0) {
      throw new DeviceException(
          "the shape " + shape + " has no " + name + ", so there is nothing to time");
    }
    return value;
  }

  boolean has(String name) {
    return shape.getOrDefault(name, 0) != 0;
  }

  WorkloadMaker size(String name, int value) {
    sizes.put(name, value);
    return this;
  }

  WorkloadMaker whole(String name, int value) {
    arguments.put(name, new Workload.Argument.Whole(value));
    return this;
  }

  WorkloadMaker single(String name, float value) {
    arguments.put(name, new Workload.Argument.Single(value));
    return this;
  }

  /** Memory whose traffic is not counted, or counted apart. */
  WorkloadMaker memory(String name, long size, Content content) {
    arguments.put(name, new Workload.Argument.Memory(size, content));
    return this;
  }

  /** Elements that are read. */
  WorkloadMaker input(String name, long count) {
    traffic(count * element.bytes());
    return memory(name, count * element.bytes(), Contents.elements(element));
  }

  /** Singles that are read. */
  WorkloadMaker singles(String name, long count) {
    traffic(count * Float.BYTES);
    return memory(name, count * Float.BYTES, Contents.singles(0.5f, 1.5f));
  }

  /** A matrix of weights, of which so many rows are read. */
  WorkloadMaker weights(String name, String dtype, long rows, long columns, long read) {
    DType type = DType.valueOf(dtype.toUpperCase(Locale.ROOT));
    Content content =
        switch (type) {
          case F32 -> Contents.elements(Format.F32);
          case F16 -> Contents.elements(Format.F16);
          case BF16 -> Contents.elements(Format.BF16);
          default -> Contents.blocks();
        };
    long row;
    try {
      row = type.bytes(columns);
    } catch (IllegalArgumentException e) {
      throw new DeviceException(e.getMessage(), e);
    }
    traffic(row * read);
    return memory(name, row * rows, content);
  }

  /** Elements that are written. */
  WorkloadMaker output(String name, long count) {
    return output(name, count, element);
  }

  WorkloadMaker output(String name, long count, Format format) {
    traffic(count * format.bytes());
    return memory(name, count * format.bytes(), Contents.zeros()).result(name, format);
  }

  /** Says that an argument holds an answer. */
  WorkloadMaker result(String name, Format format) {
    results.add(new Workload.Result(name, format));
    return this;
  }

  WorkloadMaker traffic(long more) {
    bytes += more;
    return this;
  }

  WorkloadMaker operations(long count) {
    operations = count;
    return this;
  }

  Workload make() {
    return new Workload(arguments, sizes, results, bytes, operations);
  }
}
