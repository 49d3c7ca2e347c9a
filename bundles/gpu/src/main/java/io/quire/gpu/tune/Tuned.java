package io.quire.gpu.tune;

import java.util.List;
import java.util.Map;

/**
 * What tuning found.
 *
 * @param tunables the best values
 * @param timing with these
 * @param standard with the values that are taken without a choice
 * @param tried combinations that were compiled
 * @param refused those that did not compile or computed something else, each with its reason
 */
public record Tuned(
    Map<String, Integer> tunables,
    Timing timing,
    Timing standard,
    int tried,
    List<String> refused) {
  /** Copies the collections. */
  public Tuned {
    tunables = Map.copyOf(tunables);
    refused = List.copyOf(refused);
  }

  /** {@return how many times as fast as without a choice} */
  public double gain() {
    return standard.nanos() / timing.nanos();
  }
}
