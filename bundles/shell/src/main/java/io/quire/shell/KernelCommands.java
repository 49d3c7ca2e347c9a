package io.quire.shell;

import static io.quire.shell.Table.Column.number;
import static io.quire.shell.Table.Column.text;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Kernel sources. */
@Component(service = KernelCommands.class)
@GogoCommand(scope = "quire", function = "kernels")
public final class KernelCommands {
  /** What a device says that compiles kernels: which prelude its texts are put behind. */
  private static final String PRELUDE = "prelude";

  private final KernelRegistry registry;
  private final Map<Device, Map<String, Object>> devices = new ConcurrentHashMap<>();

  /**
   * Creates the command.
   *
   * @param registry the sources there are
   */
  @Activate
  public KernelCommands(@Reference KernelRegistry registry) {
    this.registry = registry;
  }

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      updated = "addDevice")
  void addDevice(Device device, Map<String, Object> service) {
    Map<String, Object> properties = new HashMap<>(device.info().properties());
    properties.putAll(service);
    properties.put(DeviceInfo.DEVICE, device.info().id());
    devices.put(device, properties);
  }

  void removeDevice(Device device) {
    devices.remove(device);
  }

  /**
   * A kernel source.
   *
   * @param header what it says of itself; without an op if it is broken
   * @param ranking what it competes with
   * @param origin where it came from
   * @param fates by device: preferred, behind which one, or what speaks against it; {@code *}
   *     stands for all devices
   */
  public record KernelRow(
      KernelHeader header, int ranking, String origin, Map<String, String> fates) {
    /** {@return fates as devices with the same one} */
    String devices() {
      Map<String, List<String>> same = new LinkedHashMap<>();
      fates.forEach(
          (device, fate) -> same.computeIfAbsent(fate, f -> new ArrayList<>()).add(device));
      return same.entrySet().stream()
          .map(fate -> String.join(", ", fate.getValue()) + ": " + fate.getKey())
          .collect(Collectors.joining("; "));
    }
  }

  /** {@return all kernel sources} */
  @Descriptor(
      "kernel sources, for each op the preferred first, and on each device: preferred, or why not")
  public Table<KernelRow> kernels() {
    return table(registry.entries());
  }

  /**
   * Lists the sources of an op.
   *
   * @param op the op
   * @return its sources
   */
  @Descriptor(
      "kernel sources of an op, the preferred first, and on each device: preferred, or why not")
  public Table<KernelRow> kernels(@Descriptor("the op, such as linear") String op) {
    return table(entries(registry, op));
  }

  /** {@return the sources of an op; an error names the ops there are} */
  static List<KernelRegistry.Entry> entries(KernelRegistry registry, String op) {
    List<KernelRegistry.Entry> all = registry.entries();
    List<KernelRegistry.Entry> found =
        all.stream().filter(entry -> entry.source().header().op().equals(op)).toList();
    if (found.isEmpty()) {
      throw Models.unknown(
          "kernel for the op",
          op,
          all.stream()
              .map(entry -> entry.source().header().op())
              .filter(name -> !name.isEmpty())
              .distinct()
              .toList());
    }
    return found;
  }

  private Table<KernelRow> table(List<KernelRegistry.Entry> entries) {
    KernelFates fates = new KernelFates(registry, compiling());
    return Table.of(
        "no kernel sources",
        entries.stream().map(entry -> row(entry, fates)).toList(),
        text("OP", row -> row.header().op().isEmpty() ? "(broken)" : row.header().op()),
        text("NAME", row -> row.header().name()),
        text("DIALECT", row -> row.header().dialect()),
        text("TYPES", row -> String.join(",", row.header().dtypes())),
        number("RANKING", row -> row.ranking()),
        text("NEEDS", row -> row.header().filter().isEmpty() ? "-" : row.header().filter()),
        text("ORIGIN", KernelRow::origin),
        text("ON DEVICES", row -> row.fates().isEmpty() ? "-" : row.devices()));
  }

  private static KernelRow row(KernelRegistry.Entry entry, KernelFates fates) {
    return new KernelRow(
        entry.source().header(), entry.ranking(), entry.source().origin(), fates.of(entry));
  }

  /** The embedded backend has its arithmetic in itself. */
  private Map<String, Map<String, Object>> compiling() {
    Map<String, Map<String, Object>> found = new TreeMap<>();
    devices.forEach((device, properties) -> {
      if (properties.containsKey(PRELUDE)) {
        found.put(device.info().id(), properties);
      }
    });
    return found;
  }
}
