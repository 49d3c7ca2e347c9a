package io.quire.backend.amd;

import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/** A registry of given kernels, for one device. */
final class ListedKernels implements KernelRegistry {
  private final List<KernelSource> sources;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Map<KernelSource, String> refusals = new ConcurrentHashMap<>();

  ListedKernels(List<KernelSource> sources) {
    this.sources = new CopyOnWriteArrayList<>(sources);
  }

  /** Brings a kernel. */
  void add(KernelSource source) {
    sources.add(source);
    tell(source);
  }

  /** Takes a kernel away. */
  void remove(KernelSource source) {
    sources.remove(source);
    tell(source);
  }

  /** {@return why kernels were refused} */
  Map<KernelSource, String> refusals() {
    return refusals;
  }

  private void tell(KernelSource source) {
    listeners.forEach(listener -> listener.changed(source.header().op()));
  }

  @Override
  public Optional<KernelSource> resolve(String op, String dtype, Map<String, Object> device) {
    return explain(op, dtype, device).stream()
        .filter(Verdict::usable)
        .map(Verdict::source)
        .findFirst();
  }

  @Override
  public List<Verdict> explain(String op, String dtype, Map<String, Object> device) {
    List<Verdict> verdicts = new ArrayList<>();
    for (KernelSource source : sources) {
      if (source.header().op().equals(op)) {
        int ranking = source.header().ranking();
        verdicts.add(new Verdict(source, ranking, objection(source, dtype, device)));
      }
    }
    verdicts.sort(Comparator.comparingInt(Verdict::ranking).reversed());
    return verdicts;
  }

  private String objection(KernelSource source, String dtype, Map<String, Object> device) {
    if (!source.header().dtypes().contains(dtype)) {
      return "it serves " + source.header().dtypes();
    }
    String filter = source.header().filter();
    try {
      if (!filter.isEmpty() && !FrameworkUtil.createFilter(filter).matches(device)) {
        return "its filter is " + filter;
      }
    } catch (InvalidSyntaxException e) {
      return e.getMessage();
    }
    return refusals.getOrDefault(source, "");
  }

  @Override
  public void refuse(KernelSource source, String device, String reason) {
    refusals.put(source, DeviceInfo.DEVICE + " " + device + ": " + reason);
    tell(source);
  }

  @Override
  public List<Entry> entries() {
    return sources.stream().map(source -> new Entry(source, Map.of())).toList();
  }

  @Override
  public Registration listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
