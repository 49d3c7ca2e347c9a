package io.quire.api.kernel;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a kernel text says of itself in its first comment, one {@code @key value} a line.
 *
 * @param op the operation, such as {@code attention.decode}
 * @param name the source's own name, unique among the sources of its op
 * @param dialect version of the tile dialect that it needs, such as {@code 1.0}
 * @param dtypes element types that it serves, such as {@code bf16}; lower case
 * @param filter LDAP filter over a device's properties; empty if any device will do
 * @param ranking among sources that match, the greatest wins
 * @param tunables build-time numbers with their candidate values, the default first
 * @param defines numbers fixed at compile time, computed in this order
 * @param requires expressions that must not be 0
 * @param scratch memory of the op's own
 * @param launches what is launched, in order
 * @param tensors arguments that are copied by pages, with the rows of a page copy
 * @param text the rest: shapes, formula, geometry, limits, precision, source
 */
public record KernelHeader(
    String op,
    String name,
    String dialect,
    List<String> dtypes,
    String filter,
    int ranking,
    Map<String, List<Integer>> tunables,
    Map<String, Expression> defines,
    List<Expression> requires,
    List<Scratch> scratch,
    List<Launch> launches,
    Map<String, Expression> tensors,
    String text)
    implements Serializable {
  /** Copies the collections; maps keep their order. */
  public KernelHeader {
    dtypes = List.copyOf(dtypes);
    Map<String, List<Integer>> candidates = new LinkedHashMap<>(tunables);
    candidates.replaceAll((tunable, values) -> List.copyOf(values));
    tunables = Collections.unmodifiableMap(candidates);
    defines = Collections.unmodifiableMap(new LinkedHashMap<>(defines));
    requires = List.copyOf(requires);
    scratch = List.copyOf(scratch);
    launches = List.copyOf(launches);
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /**
   * Memory that a kernel wants for itself.
   *
   * @param name the argument
   * @param bytes its size, for the greatest sizes of a launch
   * @param zeroed whether it is filled with zeros before its first use
   */
  public record Scratch(String name, Expression bytes, boolean zeroed) implements Serializable {}

  /**
   * A launch.
   *
   * @param entry the kernel's name in the text
   * @param arguments names of arguments, in order
   * @param groups work-groups, three numbers
   * @param size work-items in a group
   * @param when left out if 0
   */
  public record Launch(
      String entry,
      List<String> arguments,
      List<Expression> groups,
      Expression size,
      Expression when)
      implements Serializable {
    /** Copies the lists. */
    public Launch {
      arguments = List.copyOf(arguments);
      groups = List.copyOf(groups);
    }
  }
}
