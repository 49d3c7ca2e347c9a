package io.quire.shell;

import static io.quire.shell.Table.Column.number;
import static io.quire.shell.Table.Column.text;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Devices and what runs on them. */
@Component(service = DeviceCommands.class)
@GogoCommand(scope = "quire", function = "devices")
public final class DeviceCommands {
  private final Set<Device> devices = ConcurrentHashMap.newKeySet();
  private final Models models;

  /**
   * Creates the commands.
   *
   * @param models for the lanes
   */
  @Activate
  public DeviceCommands(@Reference Models models) {
    this.models = models;
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDevice(Device device) {
    devices.add(device);
  }

  void removeDevice(Device device) {
    devices.remove(device);
  }

  /**
   * A device.
   *
   * @param info what it is
   * @param lanes the models on it and the state of each, such as {@code smollm2 (ready)}
   */
  public record DeviceRow(DeviceInfo info, List<String> lanes) {}

  /** {@return the devices} */
  @Descriptor("devices: memory, compute units, and the models that have a lane on them")
  public Table<DeviceRow> devices() {
    List<DeviceRow> rows =
        devices.stream()
            .map(Device::info)
            .sorted(Comparator.comparing(DeviceInfo::id))
            .map(info -> new DeviceRow(info, lanes(info.id())))
            .toList();
    return Table.of(
        "no devices; a backend bundle brings them",
        rows,
        text("DEVICE", row -> row.info().id()),
        text("NAME", row -> row.info().name()),
        text("VENDOR", row -> row.info().vendor()),
        text("ARCH", row -> row.info().arch()),
        text("DRIVER", row -> row.info().driver()),
        number("MEMORY", row -> Units.bytes(row.info().memory())),
        number("UNITS", row -> row.info().computeUnits()),
        text("LANES", row -> row.lanes().isEmpty() ? "-" : String.join(", ", row.lanes())));
  }

  private List<String> lanes(String device) {
    return models.engines().stream()
        .flatMap(engine ->
            engine.lanes().stream()
                .filter(lane -> lane.device().equals(device))
                .map(lane -> engine.info().name() + " (" + lane.state() + ")"))
        .toList();
  }
}
