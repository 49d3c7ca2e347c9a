package io.quire.text.stream;

import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.text.token.WellFormed;
import java.util.List;
import java.util.Optional;

/**
 * Text from tokens as they arrive, cut at the first stop string.
 *
 * <p>A stop string counts as soon as it is complete. Where one token completes several, the one
 * that begins first ends the text, and of several that begin there the shortest.
 */
public final class TokenTextStream implements TextStream {
  private final Detokenizer detokenizer;
  private final List<StopFinder> finders;
  private final boolean includeStop;
  private final StringBuilder fresh = new StringBuilder();
  private final StringBuilder held = new StringBuilder();
  private Optional<String> stopped = Optional.empty();
  private boolean finished;

  /**
   * Begins a text.
   *
   * @param rules what tokens stand for
   * @param options what to leave out and where to stop
   */
  public TokenTextStream(Detokenizer.Rules rules, StreamOptions options) {
    detokenizer = new Detokenizer(rules, options.skipSpecial());
    // Text never has lone surrogates, so a stop string that has some cannot occur in it.
    finders =
        options.stops().stream().distinct().filter(WellFormed::is).map(StopFinder::new).toList();
    includeStop = options.includeStop();
  }

  @Override
  public String append(int id) {
    if (finished || stopped.isPresent()) {
      throw new IllegalStateException(
          "token " + id + " comes after the end of the text; start a new stream for a new text");
    }
    fresh.setLength(0);
    detokenizer.append(id, fresh);
    return accept();
  }

  @Override
  public Optional<String> stopped() {
    return stopped;
  }

  @Override
  public String finish() {
    if (finished || stopped.isPresent()) {
      finished = true;
      return "";
    }
    finished = true;
    fresh.setLength(0);
    detokenizer.finish(fresh);
    String last = accept();
    String rest = stopped.isPresent() ? last : last + held;
    held.setLength(0);
    return rest;
  }

  /** Moves what is fresh behind what is held, and returns what is certain. */
  private String accept() {
    if (fresh.isEmpty()) {
      return "";
    }
    int end = held.length();
    held.append(fresh);
    int cut = Integer.MAX_VALUE;
    String stop = "";
    int uncertain = 0;
    for (StopFinder finder : finders) {
      int from = search(finder, end) - finder.stop().length();
      if (from >= 0 && (from < cut || from == cut && finder.stop().length() < stop.length())) {
        cut = from;
        stop = finder.stop();
      }
      uncertain = Math.max(uncertain, finder.matched());
    }
    if (!stop.isEmpty()) {
      stopped = Optional.of(stop);
      return take(cut) + (includeStop ? stop : "");
    }
    return take(held.length() - uncertain);
  }

  /** Returns the index behind the first match that ends in fresh text, or -1. */
  private int search(StopFinder finder, int from) {
    for (int i = from; i < held.length(); i++) {
      if (finder.accept(held.charAt(i))) {
        return i + 1;
      }
    }
    return -1;
  }

  private String take(int length) {
    String taken = held.substring(0, length);
    held.delete(0, length);
    return taken;
  }
}
