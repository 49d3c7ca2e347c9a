package io.quire.testkit.kernel;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** All the cases that there are, of every operation. */
public final class KernelCases implements CaseSource {
  private final List<CaseSource> sources;

  /** Takes the sources of this bundle. */
  public KernelCases() {
    this(
        List.of(
            new AttentionCases(),
            new ConformanceCases(),
            new ElementwiseCases(),
            new LinearCases(),
            new SamplingCases()));
  }

  /**
   * Takes the given sources.
   *
   * @param sources whose operations differ
   */
  public KernelCases(List<CaseSource> sources) {
    this.sources = List.copyOf(sources);
  }

  @Override
  public Set<String> ops() {
    Set<String> ops = new TreeSet<>();
    sources.forEach(source -> ops.addAll(source.ops()));
    return ops;
  }

  @Override
  public List<KernelCase> cases(String op, String dtype, long seed) {
    return sources.stream()
        .filter(source -> source.ops().contains(op))
        .flatMap(source -> source.cases(op, dtype, seed).stream())
        .toList();
  }
}
