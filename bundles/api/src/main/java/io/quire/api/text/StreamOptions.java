package io.quire.api.text;

import java.util.List;

/**
 * How a {@link TextStream} turns tokens into text.
 *
 * @param skipSpecial whether control tokens are left out of the text
 * @param stops strings that end the text where they first occur; none is empty
 * @param includeStop whether the stop string itself is part of the text
 */
public record StreamOptions(boolean skipSpecial, List<String> stops, boolean includeStop) {
  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if a stop string is empty
   */
  public StreamOptions {
    stops = List.copyOf(stops);
    if (stops.contains("")) {
      throw new IllegalArgumentException("a stop string is empty; it would end every text at once");
    }
  }
}
