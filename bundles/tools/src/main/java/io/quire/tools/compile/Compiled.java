package io.quire.tools.compile;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The outcome of a compilation.
 *
 * @param log what the compiler says of an error; empty: it compiled
 * @param entries numbers of each entry point; none if only an intermediate text was made
 * @param matrix how often each matrix instruction stands in the listing
 */
public record Compiled(String log, List<EntryNumbers> entries, Map<String, Integer> matrix) {
  private static final int MOST_LOG = 4000;

  /** Copies the collections. */
  public Compiled {
    entries = List.copyOf(entries);
    matrix = Collections.unmodifiableMap(new TreeMap<>(matrix));
  }

  /**
   * A failure.
   *
   * @param log what the compiler says
   * @return the outcome; of a long log the beginning
   */
  public static Compiled failed(String log) {
    String text = log.isBlank() ? "the compiler failed without a message" : log.strip();
    return new Compiled(
        text.length() <= MOST_LOG ? text : text.substring(0, MOST_LOG) + "...",
        List.of(),
        Map.of());
  }

  /** {@return whether it compiled} */
  public boolean succeeded() {
    return log.isEmpty();
  }

  /** {@return the sum of the entries' spills} */
  public long spills() {
    return entries.stream().mapToLong(EntryNumbers::spills).sum();
  }

  /** {@return the greatest local memory of an entry} */
  public long localBytes() {
    return entries.stream().mapToLong(EntryNumbers::localBytes).max().orElse(0);
  }

  /** {@return the matrix instructions, such as {@code 64 v_mfma}; a hyphen if there are none} */
  public String matrixText() {
    return matrix.isEmpty()
        ? "-"
        : matrix.entrySet().stream()
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining("+"));
  }

  /**
   * One number of every entry.
   *
   * @param number which
   * @return the numbers with slashes between; a hyphen if there are none
   */
  public String each(Function<EntryNumbers, Object> number) {
    return entries.isEmpty()
        ? "-"
        : entries.stream()
            .map(entry -> String.valueOf(number.apply(entry)))
            .collect(Collectors.joining("/"));
  }

  /**
   * Counts instructions.
   *
   * @param pattern what one looks like
   * @param listing assembly text
   * @return how often each stands there
   */
  static Map<String, Integer> count(Pattern pattern, CharSequence listing) {
    Map<String, Integer> counts = new TreeMap<>();
    for (Matcher found = pattern.matcher(listing); found.find(); ) {
      counts.merge(found.group(), 1, Integer::sum);
    }
    return counts;
  }
}
