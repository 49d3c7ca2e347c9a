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
 * @param filter its header's filter, empty if any device will do
 * @param ranking the service's ranking, or the header's where the service has none
 * @param refusals reason by device
 */
record Candidate(
    long id,
    KernelSource source,
    KernelHeader header,
    Optional<Filter> filter,
    int ranking,
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
      return new Candidate(id, source, header, filter, ranking, Map.of());
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
    Map<String, String> refusals = Map.of(EVERY_DEVICE, source.reason());
    return new Candidate(id, source, source.header(), Optional.empty(), 0, refusals);
  }

  boolean serves(String op, String dtype) {
    return header.op().equals(op) && header.dtypes().contains(dtype);
  }

  boolean suits(String device, Dictionary<String, ?> properties) {
    return !refusals.containsKey(EVERY_DEVICE)
        && !refusals.containsKey(device)
        && (filter.isEmpty() || filter.get().match(properties));
  }

  Candidate refusedFor(String device, String reason) {
    Map<String, String> more = new HashMap<>(refusals);
    more.put(device, reason);
    return new Candidate(id, source, header, filter, ranking, more);
  }

  Candidate withRefusals(Map<String, String> earlier) {
    return new Candidate(id, source, header, filter, ranking, earlier);
  }
}
