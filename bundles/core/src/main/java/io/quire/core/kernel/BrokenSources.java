package io.quire.core.kernel;

import java.util.List;

/** Service inside this bundle: the kernel files that were found and could not be registered. */
@FunctionalInterface
interface BrokenSources {
  /** {@return them, in no particular order} */
  List<BrokenSource> broken();
}
