package io.quire.core.kernel;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * All {@link KernelSource} services. The service property {@code service.ranking} wins over the
 * header's ranking. Two sources with the same op and name are both kept and compete as any two do,
 * so that a repaired text can be brought in before the broken one leaves; the log names both.
 *
 * <p>A refusal lasts as long as the source, its text and the device. In listings the device {@code
 * *} stands for all: files that could not be read appear there without an op.
 */
@Component
public final class WhiteboardKernelRegistry implements KernelRegistry {
  /** Most characters kept of a reason: a compiler's log may be long. */
  static final int MAX_REASON = 4096;

  private static final System.Logger LOG =
      System.getLogger(WhiteboardKernelRegistry.class.getName());

  private final List<BrokenSources> files = new CopyOnWriteArrayList<>();
  private final List<ListenerRegistration> listeners = new CopyOnWriteArrayList<>();

  /** The properties of the devices at hand. */
  private final Map<Device, Map<String, Object>> devices = new ConcurrentHashMap<>();

  /** By service id. Replaced under the lock of this object, read without. */
  private volatile Map<Long, Candidate> candidates = Map.of();

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addBroken(BrokenSources found) {
    files.add(found);
  }

  void removeBroken(BrokenSources found) {
    files.remove(found);
  }

  /**
   * A device has come, or its properties have changed.
   *
   * @param device the device
   * @param service its service's properties
   */
  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      updated = "addDevice",
      unbind = "removeDevice")
  public void addDevice(Device device, Map<String, Object> service) {
    Map<String, Object> properties = new HashMap<>(device.info().properties());
    properties.putAll(service);
    devices.put(device, properties);
  }

  /**
   * A device leaves: what it refused may do when it is back, with another driver perhaps.
   *
   * @param device the device
   */
  public void removeDevice(Device device) {
    devices.remove(device);
    String id = device.info().id();
    candidates.values().stream()
        .filter(candidate -> candidate.refusals().containsKey(id))
        .forEach(candidate -> changeAndTell(candidate.id(), old -> old.notRefusedFor(id)));
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
    Optional<Candidate> earlier = change(added.id(), old -> old == null ? added : added.after(old));
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
    String id = id(device);
    Dictionary<String, Object> properties = FrameworkUtil.asDictionary(device);
    return candidates.values().stream()
        .filter(candidate -> candidate.isOf(op))
        .filter(candidate -> candidate.objection(dtype, id, properties).isEmpty())
        .min(Candidate.ORDER)
        .map(Candidate::source);
  }

  @Override
  public List<Verdict> explain(String op, String dtype, Map<String, Object> device) {
    String id = id(device);
    Dictionary<String, Object> properties = FrameworkUtil.asDictionary(device);
    return candidates.values().stream()
        .filter(candidate -> candidate.isOf(op))
        .sorted(Candidate.ORDER)
        .map(candidate ->
            new Verdict(
                candidate.source(),
                candidate.ranking(),
                candidate.objection(dtype, id, properties)))
        .toList();
  }

  private static String id(Map<String, Object> device) {
    if (device.get(DeviceInfo.DEVICE) instanceof String id) {
      return id;
    }
    throw new IllegalArgumentException(
        "the device's properties have no text " + DeviceInfo.DEVICE + " but " + device.keySet());
  }

  @Override
  public void refuse(KernelSource source, String device, String reason) {
    String kept = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON) + "...";
    candidates.values().stream()
        .filter(candidate -> candidate.source() == source)
        .forEach(candidate -> refuse(candidate, device, kept));
  }

  private void refuse(Candidate candidate, String device, String reason) {
    if (changeAndTell(candidate.id(), old -> old.refusedFor(device, reason))) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Kernel source {0} is refused for {1}: {2}",
          candidate.source().origin(),
          device,
          reason);
    }
  }

  /** Changes a candidate and tells the listeners, unless it has left since it was looked up. */
  private boolean changeAndTell(long id, UnaryOperator<Candidate> change) {
    Optional<Candidate> before = change(id, old -> old == null ? null : change.apply(old));
    before.ifPresent(candidate -> tell(candidate.header().op()));
    return before.isPresent();
  }

  @Override
  public List<Entry> entries() {
    Stream<Candidate> broken =
        files.stream().flatMap(f -> f.broken().stream()).map(file -> Candidate.broken(-1, file));
    List<Map<String, Object>> atHand = List.copyOf(devices.values());
    return Stream.concat(broken, candidates.values().stream())
        .sorted(Candidate.ORDER)
        .map(candidate -> entry(candidate, atHand))
        .toList();
  }

  private static Entry entry(Candidate candidate, List<Map<String, Object>> devices) {
    List<String> unfit = new ArrayList<>();
    for (Map<String, Object> device : devices) {
      if (!candidate.fits(FrameworkUtil.asDictionary(device))) {
        unfit.add(String.valueOf(device.get(DeviceInfo.DEVICE)));
      }
    }
    unfit.sort(null);
    return new Entry(candidate.source(), candidate.ranking(), candidate.allRefusals(), unfit);
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
    if (!added.fault().isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Kernel source {0} is refused: {1}",
          added.source().origin(),
          added.fault());
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
