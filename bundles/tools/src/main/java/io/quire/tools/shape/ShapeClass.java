package io.quire.tools.shape;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The numbers that are fixed when a kernel is compiled, and thus where one choice of tunables
 * holds.
 *
 * @param numbers by name
 */
public record ShapeClass(Map<String, Integer> numbers) {
  /** Copies the map, sorted by name. */
  public ShapeClass {
    numbers = java.util.Collections.unmodifiableMap(new TreeMap<>(numbers));
  }

  /** {@return a text such as {@code K-576,N-1536}; {@code any} if there are no numbers} */
  @Override
  public String toString() {
    return numbers.isEmpty()
        ? "any"
        : numbers.entrySet().stream()
            .map(entry -> entry.getKey() + "-" + entry.getValue())
            .collect(Collectors.joining(","));
  }

  /**
   * Reads numbers from a command line.
   *
   * @param text such as {@code WIDTH=4096,HAS_ADD=0}; empty: none
   * @return the class
   * @throws IllegalArgumentException if the text is none of that
   */
  public static ShapeClass parse(String text) {
    Map<String, Integer> numbers = new TreeMap<>();
    for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
      String[] pair = part.strip().split("=", 2);
      try {
        numbers.put(pair[0], Integer.parseInt(pair[1]));
      } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
        throw new IllegalArgumentException(
            "'" + part + "' is not NAME=NUMBER, such as WIDTH=4096,HAS_ADD=0", e);
      }
    }
    return new ShapeClass(numbers);
  }
}
