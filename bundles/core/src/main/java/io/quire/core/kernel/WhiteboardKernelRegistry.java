package io.quire.core.kernel;

import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * All {@link KernelSource} services. The service property {@code service.ranking} wins over the
 * header's ranking. Two sources with the same op and name are both kept and compete as any two do,
 * so that a repaired text can be brought in before the broken one leaves; the log names both.
 *
 * <p>A refusal lasts as long as the source. In listings the device {@code *} stands for all: files
 * that could not be read appear there without an op.
 */
@Component
public final class WhiteboardKernelRegistry implements KernelRegistry {
  /** Most characters kept of a reason: a compiler's log may be long. */
  static final int MAX_REASON = 4096;

  private static final System.Logger LOG =
      System.getLogger(WhiteboardKernelRegistry.class.getName());

  private final BrokenSources files;
  private final List<ListenerRegistration> listeners = new CopyOnWriteArrayList<>();

  /** By service id. Replaced under the lock of this object, read without. */
  private volatile Map<Long, Candidate> candidates = Map.of();

  /**
   * Starts empty.
   *
   * @param files the files that no service was made of
   */
  @Activate
  public WhiteboardKernelRegistry(@Reference BrokenSources files) {
    this.files = files;
  }

  /**
   * A source has come, or its properties have changed.
   *
   * @param reference the service
   * @param source its object
   */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      updated = "addSource",
      unbind = "removeSource")
  public void addSource(ServiceReference<KernelSource> reference, KernelSource source) {
    Candidate added = Candidate.of(reference, source);
    Optional<Candidate> earlier =
        change(added.id(), old -> old == null ? added : added.withRefusals(old.refusals()));
    logArrival(added);
    earlier
        .map(candidate -> candidate.header().op())
        .filter(op -> !op.equals(added.header().op()))
        .ifPresent(this::tell);
    tell(added.header().op());
  }

  /**
   * A source leaves.
   *
   * @param reference the service
   */
  public void removeSource(ServiceReference<KernelSource> reference) {
    long id = (Long) reference.getProperty(Constants.SERVICE_ID);
    change(id, old -> null).ifPresent(removed -> tell(removed.header().op()));
  }

  @Override
  public Optional<KernelSource> resolve(String op, String dtype, Map<String, Object> device) {
    if (!(device.get(DeviceInfo.DEVICE) instanceof String id)) {
      throw new IllegalArgumentException(
          "the device's properties have no text " + DeviceInfo.DEVICE + " but " + device.keySet());
    }
    Dictionary<String, Object> properties = FrameworkUtil.asDictionary(device);
    return candidates.values().stream()
        .filter(candidate -> candidate.serves(op, dtype) && candidate.suits(id, properties))
        .min(Candidate.ORDER)
        .map(Candidate::source);
  }

  @Override
  public void refuse(KernelSource source, String device, String reason) {
    String kept = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON) + "...";
    candidates.values().stream()
        .filter(candidate -> candidate.source() == source)
        .forEach(candidate -> refuse(candidate, device, kept));
  }

  private void refuse(Candidate candidate, String device, String reason) {
    // It may have left since it was looked up: then there is nothing to refuse.
    Optional<Candidate> before =
        change(candidate.id(), old -> old == null ? null : old.refusedFor(device, reason));
    if (before.isPresent()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Kernel source {0} is refused for {1}: {2}",
          candidate.source().origin(),
          device,
          reason);
      tell(candidate.header().op());
    }
  }

  @Override
  public List<Entry> entries() {
    Stream<Candidate> broken = files.broken().stream().map(file -> Candidate.broken(-1, file));
    return Stream.concat(broken, candidates.values().stream())
        .sorted(Candidate.ORDER)
        .map(candidate -> new Entry(candidate.source(), candidate.refusals()))
        .toList();
  }

  @Override
  public Registration listen(Listener listener) {
    ListenerRegistration registration = new ListenerRegistration(listener, listeners::remove);
    listeners.add(registration);
    return registration;
  }

  /** Replaces one candidate, or removes it where the result is null, and returns what was there. */
  private synchronized Optional<Candidate> change(long id, UnaryOperator<Candidate> change) {
    Map<Long, Candidate> next = new HashMap<>(candidates);
    Candidate before = next.get(id);
    Candidate after = change.apply(before);
    if (after == null) {
      next.remove(id);
    } else {
      next.put(id, after);
    }
    candidates = Map.copyOf(next);
    return Optional.ofNullable(before);
  }

  private void logArrival(Candidate added) {
    if (added.source() instanceof BrokenSource broken) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Kernel source {0} is refused: {1}",
          broken.origin(),
          broken.reason());
      return;
    }
    candidates.values().stream()
        .filter(other -> other.id() != added.id())
        .filter(other -> other.header().op().equals(added.header().op()))
        .filter(other -> other.header().name().equals(added.header().name()))
        .forEach(other ->
            LOG.log(
                System.Logger.Level.INFO,
                "Kernel sources {0} and {1} have the same op {2} and name {3}; both are kept",
                other.source().origin(),
                added.source().origin(),
                added.header().op(),
                added.header().name()));
  }

  private void tell(String op) {
    if (op.isEmpty()) {
      return; // A broken source came or left: nothing that resolves has changed.
    }
    for (ListenerRegistration listener : listeners) {
      listener.call(op);
    }
  }
}
