package io.quire.shell;

import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A registry whose sources the test sets; it resolves by ranking alone. */
final class FakeRegistry implements KernelRegistry {
  final List<Entry> entries = new CopyOnWriteArrayList<>();
  final List<Listener> listeners = new CopyOnWriteArrayList<>();

  KernelSource add(String op, String name, String filter, Map<String, String> refusals) {
    KernelHeader header =
        new KernelHeader(
            op,
            name,
            "1.0",
            List.of("bf16"),
            filter,
            5,
            Map.of(),
            Map.of(),
            List.of(),
            List.of(),
            List.of(),
            Map.of(),
            "");
    KernelSource source = new Source(header, "bundle:" + entries.size());
    entries.add(new Entry(source, refusals));
    return source;
  }

  void remove(KernelSource source) {
    entries.removeIf(entry -> entry.source() == source);
    listeners.forEach(listener -> listener.changed(source.header().op()));
  }

  @Override
  public Optional<KernelSource> resolve(String op, String dtype, Map<String, Object> device) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Verdict> explain(String op, String dtype, Map<String, Object> device) {
    String id = String.valueOf(device.get(DeviceInfo.DEVICE));
    return entries.stream()
        .filter(entry -> entry.source().header().op().equals(op))
        .map(entry ->
            new Verdict(entry.source(), entry.ranking(), entry.refusals().getOrDefault(id, "")))
        .toList();
  }

  @Override
  public void refuse(KernelSource source, String device, String reason) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Entry> entries() {
    return List.copyOf(entries);
  }

  @Override
  public Registration listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private record Source(KernelHeader header, String origin) implements KernelSource {
    @Override
    public String text() {
      return "text of " + header.name();
    }
  }
}
