package io.quire.shell;

import static io.quire.shell.Table.Column.number;
import static io.quire.shell.Table.Column.text;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
  private final Set<DeviceDriver> drivers = ConcurrentHashMap.newKeySet();
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
   * @param usable whether models can run on it; if not, there is a driver for it alone
   * @param lanes the models on it and the state of each, such as {@code smollm2 (ready)}
   */
  public record DeviceRow(DeviceInfo info, boolean usable, List<String> lanes) {
    String use() {
      if (!usable) {
        return "driver alone: io.quire.gpu makes a device of it";
      }
      return lanes.isEmpty() ? "-" : String.join(", ", lanes);
    }
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDriver(DeviceDriver driver) {
    drivers.add(driver);
  }

  void removeDriver(DeviceDriver driver) {
    drivers.remove(driver);
  }

  /**
   * A property of a device.
   *
   * @param name what filters call it
   * @param value its value
   */
  public record PropertyRow(String name, Object value) {}

  /**
   * Lists what filters can ask of a device.
   *
   * @param id the device
   * @return its properties
   */
  @Descriptor("properties of a device: what --device, device.filter and @device can ask for")
  public Table<PropertyRow> devices(@Descriptor("the device, such as cpu0") String id) {
    Map<String, DeviceInfo> all = infos();
    if (!all.containsKey(id)) {
      throw Models.unknown("device", id, all.keySet());
    }
    List<PropertyRow> rows = new ArrayList<>();
    properties(all.get(id)).forEach((name, value) -> rows.add(new PropertyRow(name, value)));
    return Table.of(
        "no properties",
        rows,
        text("PROPERTY", PropertyRow::name),
        text("VALUE", PropertyRow::value));
  }

  private static Map<String, Object> properties(DeviceInfo info) {
    Map<String, Object> properties = new TreeMap<>(info.properties());
    properties.put(DeviceInfo.DEVICE, info.id());
    properties.put(DeviceInfo.VENDOR, info.vendor());
    properties.put(DeviceInfo.ARCH, info.arch());
    properties.put(DeviceInfo.DRIVER, info.driver());
    properties.put(DeviceInfo.MEMORY, info.memory());
    return properties;
  }

  /** By id; a driver that nothing has made a device of is one of them. */
  private Map<String, DeviceInfo> infos() {
    Map<String, DeviceInfo> all = new TreeMap<>();
    drivers.forEach(driver -> all.put(driver.info().id(), driver.info()));
    devices.forEach(device -> all.put(device.info().id(), device.info()));
    return all;
  }

  /** {@return the devices} */
  @Descriptor("devices: memory, compute units, and the models that have a lane on them")
  public Table<DeviceRow> devices() {
    List<DeviceRow> rows =
        infos().values().stream()
            .map(info -> new DeviceRow(info, isUsable(info.id()), lanes(info.id())))
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
        text("LANES", DeviceRow::use));
  }

  private boolean isUsable(String id) {
    return devices.stream().anyMatch(device -> device.info().id().equals(id));
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
