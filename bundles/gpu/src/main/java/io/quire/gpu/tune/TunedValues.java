package io.quire.gpu.tune;

import io.quire.api.kernel.KernelSource;
import java.util.Map;

/**
 * What is known of good tunables. Whoever compiles a kernel asks first and passes the answer to
 * {@link io.quire.gpu.kernel.KernelProgram#build}, which takes the first combination that holds for
 * whatever is not in it. Safe for use by several threads; answers at once, from memory.
 */
@FunctionalInterface
public interface TunedValues {
  /** Knows nothing. */
  TunedValues NONE = (source, dtype, shape, rows) -> Map.of();

  /**
   * The best values known.
   *
   * @param source the kernel
   * @param dtype what the registry was asked for
   * @param shape the operation's compile-time numbers
   * @param rows how many tokens, sequences or rows a launch will typically have; the next power of
   *     two counts
   * @return values of the kernel's tunables, all among their candidates; empty if nothing is known
   */
  Map<String, Integer> best(
      KernelSource source, String dtype, Map<String, Integer> shape, int rows);
}
