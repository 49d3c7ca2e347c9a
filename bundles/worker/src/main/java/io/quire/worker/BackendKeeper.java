package io.quire.worker;

import io.quire.api.device.DeviceInfo;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;

/**
 * Keeps the devices of one backend, each in a child of its own. Which there are says the first
 * child, and it serves the first of them.
 */
final class BackendKeeper {
  /** Manifest header of a backend: files, of which one exists where there may be a device. */
  static final String DEVICE_FILES = "Quire-Device-Files";

  private static final Logger LOG = System.getLogger(BackendKeeper.class.getName());

  private final DeviceKeeper.Parts parts;
  private final Bundle backend;
  private final Map<String, DeviceKeeper> keepers = new LinkedHashMap<>();
  private boolean stopped;

  BackendKeeper(DeviceKeeper.Parts parts, Bundle backend) {
    this.parts = parts;
    this.backend = backend;
  }

  void start() {
    if (mayHaveDevices()) {
      keep("");
    } else {
      LOG.log(
          Level.DEBUG,
          "{0} gets no worker process: none of {1} exists",
          backend.getSymbolicName(),
          backend.getHeaders("").get(DEVICE_FILES));
    }
  }

  /** A process that looks for devices costs a start of Java, so most machines are spared it. */
  private boolean mayHaveDevices() {
    String files = backend.getHeaders("").get(DEVICE_FILES);
    return files == null
        || Stream.of(files.split(",")).map(String::strip).map(Path::of).anyMatch(Files::exists);
  }

  private void found(DeviceInfo device) {
    keep(device.id());
  }

  private synchronized void keep(String device) {
    if (!stopped && !keepers.containsKey(device)) {
      DeviceKeeper keeper = new DeviceKeeper(parts, backend, device, this::found);
      keepers.put(device, keeper);
      keeper.start();
    }
  }

  /** Returns when nothing is left of the backend's children. */
  void stop() {
    List<DeviceKeeper> all;
    synchronized (this) {
      stopped = true;
      all = List.copyOf(keepers.values());
    }
    // All at once, as each may take seconds.
    all.forEach(DeviceKeeper::beginStop);
    all.forEach(DeviceKeeper::stop);
  }
}
