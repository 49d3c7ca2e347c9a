package io.quire.core.kernel;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * A source in the registry, at one moment.
 *
 * @param id the service's id; a smaller one has been there longer
 * @param source the source
 * @param header its header, read once
 * @param text its text, read once
 * @param filter its header's filter, empty if any device will do
 * @param ranking the service's ranking, or the header's where the service has none
 * @param fault why no device can use it, empty if one might
 * @param refusals reason by device
 */
record Candidate(
    long id,
    KernelSource source,
    KernelHeader header,
    String text,
    Optional<Filter> filter,
    int ranking,
    String fault,
    Map<String, String> refusals) {
  /** The device that stands for all of them in refusals. */
  static final String EVERY_DEVICE = "*";

  /** By op, then the better first. */
  static final Comparator<Candidate> ORDER =
      Comparator.comparing((Candidate c) -> c.header().op())
          .thenComparing(Comparator.comparingInt(Candidate::ranking).reversed())
          .thenComparingLong(Candidate::id);

  /** Copies the map. */
  Candidate {
    refusals = Map.copyOf(refusals);
  }

  /**
   * Looks at a source. One that throws or has a bad filter is listed, and refused for all devices.
   *
   * @param reference the service
   * @param source the service's object
   * @return the candidate
   */
  static Candidate of(ServiceReference<KernelSource> reference, KernelSource source) {
    long id = (Long) reference.getProperty(Constants.SERVICE_ID);
    try {
      KernelHeader header = source.header();
      Objects.requireNonNull(header.op(), "the header's op");
      Objects.requireNonNull(header.name(), "the header's name");
      Optional<Filter> filter =
          header.filter().isEmpty()
              ? Optional.empty()
              : Optional.of(FrameworkUtil.createFilter(header.filter()));
      boolean ranked = reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer;
      int ranking =
          ranked ? (Integer) reference.getProperty(Constants.SERVICE_RANKING) : header.ranking();
      String text = Objects.requireNonNull(source.text(), "the text");
      String fault = DialectVersion.fault(header.dialect());
      return new Candidate(id, source, header, text, filter, ranking, fault, Map.of());
    } catch (RuntimeException | InvalidSyntaxException e) {
      return broken(id, new BrokenSource("service " + id + " of " + reference.getBundle(), "" + e));
    }
  }

  /**
   * A source that no device can use.
   *
   * @param id as {@link Candidate#id()}
   * @param source what to list
   * @return the candidate
   */
  static Candidate broken(long id, BrokenSource source) {
    return new Candidate(
        id, source, source.header(), "", Optional.empty(), 0, source.reason(), Map.of());
  }

  boolean isOf(String op) {
    return !op.isEmpty() && header.op().equals(op);
  }

  /** {@return whether the filter matches} */
  boolean fits(Dictionary<String, ?> device) {
    return filter.isEmpty() || filter.get().match(device);
  }

  /**
   * Judges the source for a device.
   *
   * @param dtype what it should serve
   * @param device the device's id
   * @param properties the device's properties
   * @return what speaks against it, empty if nothing does
   */
  String objection(String dtype, String device, Dictionary<String, ?> properties) {
    if (!fault.isEmpty()) {
      return fault;
    }
    if (!header.dtypes().contains(dtype)) {
      return "it serves " + String.join(", ", header.dtypes()) + ", not " + dtype;
    }
    if (!fits(properties)) {
      return "the device does not match " + header.filter();
    }
    return refusals.containsKey(device) ? "refused: " + refusals.get(device) : "";
  }

  /** {@return reason by device, {@link #EVERY_DEVICE} among them} */
  Map<String, String> allRefusals() {
    if (fault.isEmpty()) {
      return refusals;
    }
    Map<String, String> all = new HashMap<>(refusals);
    all.put(EVERY_DEVICE, fault);
    return all;
  }

  Candidate refusedFor(String device, String reason) {
    Map<String, String> more = new HashMap<>(refusals);
    more.put(device, reason);
    return withRefusals(more);
  }

  Candidate notRefusedFor(String device) {
    Map<String, String> fewer = new HashMap<>(refusals);
    fewer.remove(device);
    return withRefusals(fewer);
  }

  /** {@return this with the refusals of its earlier self, unless the text has changed since} */
  Candidate after(Candidate earlier) {
    boolean same = header.equals(earlier.header) && text.equals(earlier.text);
    return same ? withRefusals(earlier.refusals) : this;
  }

  private Candidate withRefusals(Map<String, String> others) {
    return new Candidate(id, source, header, text, filter, ranking, fault, others);
  }
}
