package io.quire.worker;

import io.quire.worker.control.Message;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * What a child begins with: its bundles, their configurations, its framework's properties.
 *
 * @param parts of the keeper
 * @param backend whose device it serves
 * @param device the device's id; empty for the first that is found
 */
record Beginning(DeviceKeeper.Parts parts, Bundle backend, String device) {
  /** Framework property of a child: the backend's symbolic name. */
  static final String WORKER = "quire.worker";

  /** Framework property of a child: the only device that its backend needs to open. */
  static final String DEVICE = "quire.worker.device";

  private static final Logger LOG = System.getLogger(Beginning.class.getName());
  private static final List<String> PASSED_ON =
      List.of("quire.home", "quire.version", "felix.log.level", "ds.loglevel");

  Message.Begin message() {
    List<Bundle> bundles = new ChildBundles(parts.context(), parts.settings()).of(backend);
    return new Message.Begin(
        backend.getSymbolicName(),
        device,
        framework(),
        bundles.stream().map(Bundle::getLocation).toList(),
        configurations(bundles.stream().map(Bundle::getSymbolicName).collect(Collectors.toSet())),
        parts.settings().sleep().spinMicros());
  }

  private Map<String, String> framework() {
    Map<String, String> properties = new HashMap<>();
    for (String key : PASSED_ON) {
      Optional.ofNullable(parts.context().getProperty(key))
          .ifPresent(value -> properties.put(key, value));
    }
    properties.put(WORKER, backend.getSymbolicName());
    if (!device.isEmpty()) {
      properties.put(DEVICE, device);
    }
    // Kernels come from the parent, all of them.
    properties.put("quire.kernels.bundles", "false");
    return properties;
  }

  /** Those whose PID is, or begins with, the name of a bundle that the child has. */
  private Map<String, Map<String, Object>> configurations(Set<String> names) {
    BundleContext context = parts.context();
    ServiceReference<ConfigurationAdmin> reference =
        context.getServiceReference(ConfigurationAdmin.class);
    if (reference == null) {
      return Map.of();
    }
    Map<String, Map<String, Object>> all = new HashMap<>();
    try {
      Configuration[] found = context.getService(reference).listConfigurations(null);
      for (Configuration each : found == null ? new Configuration[0] : found) {
        String pid = each.getPid();
        String owner = pid.contains("~") ? pid.substring(0, pid.indexOf('~')) : pid;
        if (names.contains(owner)) {
          all.put(pid, copy(each.getProperties()));
        }
      }
    } catch (IOException | InvalidSyntaxException e) {
      LOG.log(Level.WARNING, "a worker process begins without configurations", e);
    } finally {
      context.ungetService(reference);
    }
    return all;
  }

  /** Lists as the ones that the channel lets through. */
  private static Object plain(Object value) {
    return value instanceof Collection<?> many ? List.copyOf(many) : value;
  }

  private static Map<String, Object> copy(Dictionary<String, Object> properties) {
    Map<String, Object> copy = new HashMap<>();
    for (String key : Collections.list(properties.keys())) {
      copy.put(key, plain(properties.get(key)));
    }
    return copy;
  }
}
