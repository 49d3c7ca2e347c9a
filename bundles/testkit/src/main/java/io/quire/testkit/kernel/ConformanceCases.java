package io.quire.testkit.kernel;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Cases of the tile dialect's own kernels, a family of names each ({@code docs/dialect.md}). They
 * ask a prelude, not a kernel: where one fails, no kernel of the device can be trusted.
 */
public final class ConformanceCases implements CaseSource {
  /** Makes the cases of one operation. */
  interface Family {
    List<KernelCase> cases(String op, String dtype, RandomGenerator random);
  }

  private final Map<String, Family> families = new TreeMap<>();

  /** Knows all families. */
  public ConformanceCases() {
    families.put("conformance.conversions", ConformanceCasesNumbers::conversions);
    families.put("conformance.bits", ConformanceCasesNumbers::bits);
    families.put("conformance.maths", ConformanceCasesMaths::maths);
    families.put("conformance.memory", ConformanceCasesMemory::memory);
    families.put("conformance.atomics", ConformanceCasesMemory::atomics);
    families.put("conformance.group", ConformanceCasesGroup::group);
    families.put("conformance.ticket", ConformanceCasesGroup::ticket);
    families.put("conformance.barriers", ConformanceCasesGroup::barriers);
    families.put("conformance.queue", ConformanceCasesGroup::queue);
    families.put("conformance.tile_copies", ConformanceCasesTiles::copies);
    families.put("conformance.slabs", ConformanceCasesTiles::slabs);
    families.put("conformance.accumulators", ConformanceCasesTiles::accumulators);
    families.put("conformance.product_nk", ConformanceCasesProducts::ofRows);
    families.put("conformance.product_kn", ConformanceCasesProducts::ofColumns);
    families.put("conformance.stages", ConformanceCasesProducts::stages);
    families.put("conformance.page_copies", ConformanceCasesPages::pages);
  }

  @Override
  public Set<String> ops() {
    return families.keySet();
  }

  @Override
  public List<KernelCase> cases(String op, String dtype, long seed) {
    return families.get(op).cases(op, dtype, new SplittableRandom(seed ^ op.hashCode()));
  }
}
