package io.quire.gpu.tune;

import io.quire.api.device.DeviceDriver;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Ways to give a kernel's tunables values. */
public final class Combinations {
  /** Most combinations of one kernel that are looked at. */
  public static final int MOST = 65_536;

  /** How many of the combinations are wanted. */
  public enum Extent {
    /** The one that is taken without a choice. */
    CHOSEN,
    /** Enough for every candidate of every tunable that can hold at all. */
    EACH,
    /** Every one that holds. */
    ALL
  }

  private final DeviceDriver dry;
  private final KernelSource source;
  private final String dtype;
  private final Map<String, Integer> shape;

  /**
   * Looks at a kernel.
   *
   * @param driver the device; nothing is compiled
   * @param source the kernel
   * @param dtype what the registry was asked for
   * @param shape the operation's compile-time numbers
   */
  public Combinations(
      DeviceDriver driver, KernelSource source, String dtype, Map<String, Integer> shape) {
    dry = new DryDriver(driver.info());
    this.source = source;
    this.dtype = dtype;
    this.shape = Map.copyOf(shape);
  }

  /**
   * The combination that is taken if some values are given.
   *
   * @param given values of some tunables
   * @return a value for each, or empty if none holds
   * @throws io.quire.api.device.DeviceException if the header asks for a number that is not there
   */
  public Optional<Map<String, Integer>> first(Map<String, Integer> given) {
    return macros(given).map(this::values);
  }

  /**
   * What the text is compiled with if some values are given.
   *
   * @param given values of some tunables
   * @return the macros, or empty if no combination holds
   * @throws io.quire.api.device.DeviceException if the header asks for a number that is not there
   */
  public Optional<Map<String, String>> macros(Map<String, Integer> given) {
    try (KernelProgram program = KernelProgram.build(dry, source, dtype, shape, given)) {
      return Optional.of(program.macros());
    } catch (KernelNotServedException notThese) {
      return Optional.empty();
    }
  }

  /**
   * Every combination that holds, in the order in which they would be taken: the tunable named last
   * changes fastest.
   *
   * @return the combinations, the one that is taken without a choice first
   * @throws IllegalArgumentException if more than {@link #MOST} would have to be looked at
   * @throws io.quire.api.device.DeviceException if the header asks for a number that is not there
   */
  public List<Map<String, Integer>> all() {
    Set<Map<String, Integer>> holding = new LinkedHashSet<>();
    for (Map<String, Integer> values : product(source.header().tunables())) {
      if (macros(values).isPresent()) {
        holding.add(values);
      }
    }
    return List.copyOf(holding);
  }

  /**
   * Some of the combinations that hold.
   *
   * @param extent how many
   * @return the combinations, the one that is taken without a choice first; none if none holds
   */
  public List<Map<String, Integer>> of(Extent extent) {
    if (extent == Extent.ALL) {
      return all();
    }
    List<Map<String, Integer>> found = new ArrayList<>();
    first(Map.of())
        .ifPresent(chosen -> {
          found.add(chosen);
          if (extent == Extent.EACH) {
            found.addAll(around(chosen));
          }
        });
    return List.copyOf(found);
  }

  /**
   * Those that differ from a combination in one tunable; where the others do not suit the new
   * value, they are chosen anew.
   *
   * @param from a combination that holds
   * @return the combinations, each once
   */
  public List<Map<String, Integer>> around(Map<String, Integer> from) {
    Set<Map<String, Integer>> found = new LinkedHashSet<>();
    source
        .header()
        .tunables()
        .forEach((name, candidates) -> {
          for (Integer candidate : candidates) {
            Map<String, Integer> changed = new LinkedHashMap<>(from);
            changed.put(name, candidate);
            first(changed).or(() -> first(Map.of(name, candidate))).ifPresent(found::add);
          }
        });
    found.remove(from);
    return List.copyOf(found);
  }

  private Map<String, Integer> values(Map<String, String> macros) {
    Map<String, Integer> values = new LinkedHashMap<>();
    source
        .header()
        .tunables()
        .keySet()
        .forEach(name -> values.put(name, Integer.valueOf(macros.get(name))));
    return values;
  }

  static List<Map<String, Integer>> product(Map<String, List<Integer>> tunables) {
    long count = 1;
    for (List<Integer> candidates : tunables.values()) {
      count *= candidates.size();
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

  /**
   * Writes values down.
   *
   * @param values by name
   * @return a text such as {@code CHUNK=16,TEAMS=4}, in the order of names
   */
  public static String text(Map<String, Integer> values) {
    return new TreeMap<>(values)
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining(","));
  }
}
