package io.quire.api.kernel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Service: all kernel sources there are, and which is best for a device. Safe for use by several
 * threads.
 */
@ProviderType
public interface KernelRegistry {
  /**
   * The best source: the greatest ranking among those of the op and dtype whose filter matches and
   * that were not refused for the device; among equals the one that has been there longest.
   *
   * @param op the operation
   * @param dtype element type, lower case
   * @param device the device's properties, {@code quire.device} among them
   * @return the source, or empty if none matches
   */
  Optional<KernelSource> resolve(String op, String dtype, Map<String, Object> device);

  /**
   * Explains {@link #resolve}: every source of an op in the order of preference, each with what
   * speaks against it. The first against which nothing speaks is the one that is resolved.
   *
   * @param op the operation
   * @param dtype element type, lower case
   * @param device the device's properties, {@code quire.device} among them
   * @return the sources, best ranking first
   */
  List<Verdict> explain(String op, String dtype, Map<String, Object> device);

  /**
   * Withdraws a source for one device: it does not compile there, or is wrong. Lasts until the
   * source leaves or its text changes, or the device leaves. What is refused for a source that has
   * left is forgotten.
   *
   * @param source the source
   * @param device the device's {@code quire.device}
   * @param reason for logs and listings
   */
  void refuse(KernelSource source, String device, String reason);

  /** {@return every source, with refusals, by op and descending ranking} */
  List<Entry> entries();

  /**
   * Reports changes from now on, from the thread that makes them.
   *
   * @param listener told which op changed
   * @return close it to stop
   */
  Registration listen(Listener listener);

  /**
   * A source in the registry.
   *
   * @param source the source
   * @param ranking what it competes with: the service's ranking, or the header's where the service
   *     has none
   * @param refusals reason by device; {@code *} stands for all devices
   * @param unfit devices at hand that its filter does not match
   */
  record Entry(KernelSource source, int ranking, Map<String, String> refusals, List<String> unfit) {
    /** Copies the collections. */
    public Entry {
      refusals = Map.copyOf(refusals);
      unfit = List.copyOf(unfit);
    }

    /**
     * An entry with its header's ranking that suits all devices at hand.
     *
     * @param source the source
     * @param refusals reason by device
     */
    public Entry(KernelSource source, Map<String, String> refusals) {
      this(source, source.header().ranking(), refusals, List.of());
    }
  }

  /**
   * How a source fares on a device.
   *
   * @param source the source
   * @param ranking what it competes with
   * @param objection why it is not used there: refused, its filter, its types; empty if it could be
   */
  record Verdict(KernelSource source, int ranking, String objection) {
    /** {@return whether nothing speaks against the source} */
    public boolean usable() {
      return objection.isEmpty();
    }
  }

  /** Told of changes. */
  @FunctionalInterface
  interface Listener {
    /**
     * A source of an op arrived, changed, left, was refused, or is no longer refused.
     *
     * @param op the operation
     */
    void changed(String op);
  }

  /** A listener's registration. */
  interface Registration extends AutoCloseable {
    /** Ends it; no call is made after this returns. */
    @Override
    void close();
  }
}
