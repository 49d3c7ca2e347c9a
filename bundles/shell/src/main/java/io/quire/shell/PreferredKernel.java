package io.quire.shell;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;

/**
 * A kernel source once more, to be registered with the greatest ranking. A class and not a record:
 * each preference is a source of its own, whatever it prefers.
 */
final class PreferredKernel implements KernelSource {
  private final KernelSource preferred;
  private final KernelHeader header;

  /**
   * Prefers a source.
   *
   * @param preferred the source
   * @param filter devices that it is preferred on; empty for all that it suits
   */
  PreferredKernel(KernelSource preferred, String filter) {
    this.preferred = preferred;
    KernelHeader own = preferred.header();
    header =
        new KernelHeader(
            own.op(),
            own.name(),
            own.dialect(),
            own.dtypes(),
            both(own.filter(), filter),
            Integer.MAX_VALUE,
            own.tunables(),
            own.defines(),
            own.requires(),
            own.scratch(),
            own.launches(),
            own.tensors(),
            own.text());
  }

  private static String both(String own, String more) {
    if (own.isEmpty() || more.isEmpty()) {
      return own + more;
    }
    return "(&" + own + more + ")";
  }

  /** {@return the source that it stands for} */
  KernelSource preferred() {
    return preferred;
  }

  @Override
  public KernelHeader header() {
    return header;
  }

  @Override
  public String text() {
    return preferred.text();
  }

  @Override
  public String origin() {
    return "kernel-use of " + preferred.origin();
  }
}
