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
   * Withdraws a source for one device: it does not compile there, or is wrong.
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
   * @param refusals reason by device
   */
  record Entry(KernelSource source, Map<String, String> refusals) {
    /** Copies the map. */
    public Entry {
      refusals = Map.copyOf(refusals);
    }
  }

  /** Told of changes. */
  @FunctionalInterface
  interface Listener {
    /**
     * A source of an op arrived, left or was refused.
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
