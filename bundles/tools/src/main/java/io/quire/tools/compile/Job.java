package io.quire.tools.compile;

import io.quire.tools.shape.ShapeClass;
import io.quire.tools.source.TextSource;
import io.quire.tools.target.Target;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
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
  /** Of the hash of its numbers in the name of its files. */
  private static final int HASH_BYTES = 6;

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
    byte[] numbers = new TreeMap<>(macros).toString().getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(numbers);
      String name = HexFormat.of().formatHex(hash, 0, HASH_BYTES);
      return String.join("-", source.header().op(), source.header().name(), dtype, name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Whether it must use the matrix unit, where there is one, and must not spill. */
  boolean isJudged() {
    String op = source.header().op();
    return standard
        && (op.startsWith("attention.")
            || op.equals("linear.tile")
            || source.header().name().endsWith("_stream"));
  }
}
