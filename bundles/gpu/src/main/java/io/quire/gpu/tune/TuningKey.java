package io.quire.gpu.tune;

import io.quire.api.kernel.KernelSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Where one choice of tunables holds, on one device.
 *
 * @param kernel operation and name, for people
 * @param hash of the kernel's text
 * @param dialect version of the dialect that the text needs
 * @param dtype what the registry was asked for
 * @param shape the operation's compile-time numbers, {@code ELEM_FP16} among them
 * @param rows of a launch, rounded up to a power of two
 */
public record TuningKey(
    String kernel,
    String hash,
    String dialect,
    String dtype,
    Map<String, Integer> shape,
    int rows) {
  private static final int MOST_ROWS = 1 << 30;
  private static final int HASH_BYTES = 16;

  /** Copies the map, sorted by name. */
  public TuningKey {
    shape = Collections.unmodifiableMap(new TreeMap<>(shape));
  }

  /**
   * Makes a key.
   *
   * @param source the kernel
   * @param dtype what the registry was asked for
   * @param shape the operation's compile-time numbers
   * @param rows of a launch
   * @return the key
   */
  public static TuningKey of(
      KernelSource source, String dtype, Map<String, Integer> shape, int rows) {
    Map<String, Integer> whole = new TreeMap<>(shape);
    whole.putIfAbsent("ELEM_FP16", dtype.equals("f16") ? 1 : 0);
    int least = Math.clamp(rows, 1, MOST_ROWS);
    return new TuningKey(
        source.header().op() + "/" + source.header().name(),
        hash(source.text()),
        source.header().dialect(),
        dtype,
        whole,
        Integer.highestOneBit(2 * least - 1));
  }

  /** {@return the shape as {@code K=576,N=1536}} */
  String shapeText() {
    return shape.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(","));
  }

  /** {@return half of the SHA-256 of a text, in hexadecimal digits} */
  static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
