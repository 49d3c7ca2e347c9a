package io.quire.gpu.plan;

import io.quire.gpu.kernel.Arguments;
import io.quire.gpu.kernel.Sizes;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;

/**
 * One use of an operation in a plan.
 *
 * @param demand the operation
 * @param arguments what it is called with, but for the cache and scratch memory
 * @param rowFactor rows of the operation in a row of the step: the parts of a row that are normed
 *     apart
 * @param greatest the greatest sizes that it is launched with
 * @param layer whose cache it works on, if it does
 */
record Call(Demand demand, Arguments arguments, int rowFactor, Sizes greatest, OptionalInt layer) {
  /** {@return the same on the cache of a layer} */
  Call on(int cacheLayer) {
    return new Call(demand, arguments, rowFactor, greatest, OptionalInt.of(cacheLayer));
  }

  /** {@return the names of all arguments that it offers to a kernel} */
  Set<String> names() {
    Set<String> names = new HashSet<>(arguments.names());
    if (layer.isPresent()) {
      names.addAll(KvMemory.NAMES);
    }
    return names;
  }
}
