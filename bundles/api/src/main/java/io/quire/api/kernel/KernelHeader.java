package io.quire.api.kernel;

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
    String text) {
  /** Copies the collections; tunables keep their order. */
  public KernelHeader {
    dtypes = List.copyOf(dtypes);
    tunables = Collections.unmodifiableMap(new LinkedHashMap<>(tunables));
  }
}
