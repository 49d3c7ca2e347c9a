package io.quire.gpu.plan;

import io.quire.gpu.kernel.Sizes;
import java.util.HashSet;
import java.util.Set;

/**
 * What a plan calls a kernel with, in all calls of one demand.
 *
 * @param names arguments that every call has, scratch memory and sizes not among them
 * @param rows the greatest number of rows, or of sequences where these count
 */
record Offer(Set<String> names, int rows) {
  /** {@return what a call offers} */
  static Offer of(Call call) {
    boolean decodes = call.demand().op().equals("attention.decode");
    return new Offer(call.names(), call.greatest().get(decodes ? Sizes.SEQS : Sizes.ROWS));
  }

  /** {@return what both offer} */
  Offer and(Offer other) {
    Set<String> common = new HashSet<>(names);
    common.retainAll(other.names);
    return new Offer(common, Math.max(rows, other.rows));
  }
}
