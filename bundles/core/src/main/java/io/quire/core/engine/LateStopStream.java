package io.quire.core.engine;

import io.quire.api.text.TextStream;
import java.util.List;
import java.util.Optional;

/**
 * Stop strings that count only after a number of tokens: the text of the first tokens passes, that
 * of the others is searched.
 */
final class LateStopStream implements TextStream {
  private final TextStream text;
  private final List<String> stops;
  private final boolean includeStop;
  private final StringBuilder held = new StringBuilder();
  private int exempt;
  private Optional<String> stopped = Optional.empty();

  /** Takes a stream without stop strings; the text of the first {@code exempt} tokens passes. */
  LateStopStream(TextStream text, List<String> stops, boolean includeStop, int exempt) {
    this.text = text;
    this.stops = stops;
    this.includeStop = includeStop;
    this.exempt = exempt;
  }

  @Override
  public String append(int id) {
    if (stopped.isPresent()) {
      throw new IllegalStateException("the text has ended at a stop string; it takes no token");
    }
    String delta = text.append(id);
    if (exempt > 0) {
      exempt--;
      return delta;
    }
    held.append(delta);
    return search() ? cut() : release(held.length() - openStop());
  }

  private boolean search() {
    int first = Integer.MAX_VALUE;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && at < first) {
        first = at;
        stopped = Optional.of(stop);
      }
    }
    if (stopped.isPresent()) {
      held.setLength(first);
    }
    return stopped.isPresent();
  }

  private String cut() {
    return held + (includeStop ? stopped.orElseThrow() : "");
  }

  /** {@return the length of the longest end of the text that a stop string could begin with} */
  private int openStop() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (stop.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }

  private String release(int length) {
    String certain = held.substring(0, length);
    held.delete(0, length);
    return certain;
  }

  @Override
  public Optional<String> stopped() {
    return stopped;
  }

  @Override
  public String finish() {
    if (stopped.isPresent()) {
      return "";
    }
    held.append(text.finish());
    return search() ? cut() : release(held.length());
  }
}
