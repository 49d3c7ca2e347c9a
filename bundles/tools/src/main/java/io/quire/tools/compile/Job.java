package io.quire.tools.compile;

import io.quire.tools.shape.ShapeClass;
import io.quire.tools.source.TextSource;
import io.quire.tools.target.Target;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One compilation.
 *
 * @param target the device
 * @param source the kernel
 * @param dtype what the registry was asked for
 * @param shape the shape
 * @param macros what the text is compiled with
 * @param standard whether the tunables are those that a plan takes without a tuner
 */
record Job(
    Target target,
    TextSource source,
    String dtype,
    ShapeClass shape,
    Map<String, String> macros,
    boolean standard) {
  private static final int HEX = 16;

  /** The values of the kernel's tunables. */
  Map<String, String> tunables() {
    Map<String, String> values = new LinkedHashMap<>();
    source.header().tunables().keySet().forEach(name -> values.put(name, macros.get(name)));
    return values;
  }

  String tunablesText() {
    String text =
        tunables().entrySet().stream()
            .map(entry -> entry.getKey() + "-" + entry.getValue())
            .collect(Collectors.joining(","));
    return text.isEmpty() ? "-" : text;
  }

  /** The name of its files, without folder and ending. */
  String fileName() {
    String numbers = Integer.toUnsignedString(new java.util.TreeMap<>(macros).hashCode(), HEX);
    return String.join("-", source.header().op(), source.header().name(), dtype, numbers);
  }

  /** Whether it must use the matrix unit, where there is one, and must not spill. */
  boolean isJudged() {
    String op = source.header().op();
    return standard && (op.startsWith("attention.") || op.equals("linear.tile"));
  }
}
