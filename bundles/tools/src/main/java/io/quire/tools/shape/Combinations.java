package io.quire.tools.shape;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All ways to give tunables values. */
public final class Combinations {
  /** Most combinations of one kernel. */
  public static final int MOST = 65_536;

  private Combinations() {}

  /**
   * Lists the combinations in the order in which a plan tries them: the tunable named last changes
   * fastest, so the defaults come first.
   *
   * @param tunables candidates by name
   * @return the combinations; one without values if there are no tunables
   * @throws IllegalArgumentException if there are more than {@link #MOST}
   */
  public static List<Map<String, Integer>> of(Map<String, List<Integer>> tunables) {
    long count = 1;
    for (List<Integer> candidates : tunables.values()) {
      count = Math.multiplyExact(count, (long) candidates.size());
      if (count > MOST) {
        throw new IllegalArgumentException(
            "the tunables "
                + tunables.keySet()
                + " have more than "
                + MOST
                + " combinations; give the kernel fewer candidates");
      }
    }
    List<Map<String, Integer>> all = List.of(Map.of());
    for (Map.Entry<String, List<Integer>> tunable : tunables.entrySet()) {
      List<Map<String, Integer>> longer = new ArrayList<>();
      for (Map<String, Integer> start : all) {
        for (Integer candidate : tunable.getValue()) {
          Map<String, Integer> next = new LinkedHashMap<>(start);
          next.put(tunable.getKey(), candidate);
          longer.add(next);
        }
      }
      all = longer;
    }
    return all;
  }
}
