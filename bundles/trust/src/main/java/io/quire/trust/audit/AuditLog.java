package io.quire.trust.audit;

import io.quire.api.device.Device;
import io.quire.api.engine.ServedModel;
import io.quire.api.kernel.KernelSource;
import io.quire.trust.Trust;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Writes what comes and goes to the {@link Audit} log: bundles, kernel sources, models, devices and
 * configurations, those that are there already first. Of configurations it names the keys, never
 * the values. Bundles that are there already are named without their hashes, as to read them all
 * would slow the start. Lines are written by a thread of its own, in the order of the events; who
 * arrives waits for nothing.
 */
@Component(service = ConfigurationListener.class, immediate = true)
public final class AuditLog implements ConfigurationListener {
  private static final System.Logger LOG = System.getLogger(AuditLog.class.getName());
  private static final String FILTER =
      String.format(
          Locale.ROOT,
          "(|(objectClass=%s)(objectClass=%s)(objectClass=%s))",
          KernelSource.class.getName(),
          Device.class.getName(),
          ServedModel.class.getName());

  private final BundleContext context;
  private final ConfigurationAdmin admin;
  private final Arrivals arrivals;
  private final Audit audit = new Audit();
  private final Map<Long, Map.Entry<String, Map<String, String>>> services =
      new ConcurrentHashMap<>();
  private final Map<String, Boolean> pids = new ConcurrentHashMap<>();
  private final SynchronousBundleListener bundleListener = this::bundleChanged;
  private final ServiceListener serviceListener = this::serviceChanged;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("quire-audit").daemon().factory());

  /**
   * Begins to listen.
   *
   * @param context the framework
   * @param trust knows who signed what
   * @param admin keeps the configurations
   * @throws InvalidSyntaxException never
   * @throws IOException if the configurations cannot be read
   */
  @Activate
  public AuditLog(
      BundleContext context, @Reference Trust trust, @Reference ConfigurationAdmin admin)
      throws InvalidSyntaxException, IOException {
    this.context = context;
    this.admin = admin;
    arrivals = new Arrivals(trust);
    context.addBundleListener(bundleListener);
    for (Bundle bundle : context.getBundles()) {
      later("arrived", "bundle", arrivals.of(bundle));
    }
    context.addServiceListener(serviceListener, FILTER);
    ServiceReference<?>[] there = context.getAllServiceReferences(null, FILTER);
    for (ServiceReference<?> service : there == null ? new ServiceReference<?>[0] : there) {
      arrived(service);
    }
    Configuration[] configurations = admin.listConfigurations(null);
    for (Configuration each : configurations == null ? new Configuration[0] : configurations) {
      configured(each.getPid());
    }
  }

  /** Writes what is left to write. */
  @Deactivate
  void close() {
    context.removeBundleListener(bundleListener);
    context.removeServiceListener(serviceListener);
    writer.close();
  }

  private void bundleChanged(BundleEvent event) {
    switch (event.getType()) {
      case BundleEvent.INSTALLED -> line("arrived", event.getBundle());
      case BundleEvent.UPDATED -> line("updated", event.getBundle());
      case BundleEvent.UNINSTALLED -> later("left", "bundle", arrivals.of(event.getBundle()));
      default -> {
        // starting and stopping is neither arriving nor leaving
      }
    }
  }

  private void line(String event, Bundle bundle) {
    Map<String, String> fields = arrivals.of(bundle);
    String location = bundle.getLocation();
    later(() -> {
      fields.putAll(arrivals.evidence(location));
      audit.line(event, "bundle", fields);
    });
  }

  private void serviceChanged(ServiceEvent event) {
    if (event.getType() == ServiceEvent.REGISTERED) {
      arrived(event.getServiceReference());
    } else if (event.getType() == ServiceEvent.UNREGISTERING) {
      Map.Entry<String, Map<String, String>> known =
          services.remove(id(event.getServiceReference()));
      if (known != null) {
        later("left", known.getKey(), known.getValue());
      }
    }
  }

  private void arrived(ServiceReference<?> reference) {
    arrivals
        .of(reference, context)
        .filter(described -> services.putIfAbsent(id(reference), described) == null)
        .ifPresent(described -> later("arrived", described.getKey(), described.getValue()));
  }

  private static long id(ServiceReference<?> reference) {
    return (Long) reference.getProperty(Constants.SERVICE_ID);
  }

  @Override
  public void configurationEvent(ConfigurationEvent event) {
    if (event.getType() == ConfigurationEvent.CM_UPDATED) {
      configured(event.getPid());
    } else if (event.getType() == ConfigurationEvent.CM_DELETED) {
      pids.remove(event.getPid());
      later("left", "configuration", Map.of("name", event.getPid()));
    }
  }

  private void configured(String pid) {
    try {
      Configuration[] found =
          admin.listConfigurations(
              FrameworkUtil.createFilter("(" + Constants.SERVICE_PID + "=" + escaped(pid) + ")")
                  .toString());
      if (found == null || found[0].getProperties() == null) {
        return;
      }
      Map<String, String> fields = new HashMap<>(Map.of("name", pid));
      List<String> keys = Collections.list(found[0].getProperties().keys());
      fields.put("keys", String.join(",", new TreeSet<>(keys)));
      Object origin = found[0].getProperties().get("felix.fileinstall.filename");
      fields.put("origin", origin == null ? "" : origin.toString());
      later(pids.put(pid, true) == null ? "arrived" : "updated", "configuration", fields);
    } catch (IOException | InvalidSyntaxException e) {
      LOG.log(System.Logger.Level.WARNING, "Configuration " + pid + " cannot be read", e);
    }
  }

  private static String escaped(String pid) {
    return pid.replaceAll("[\\\\*()]", "\\\\$0");
  }

  private void later(String event, String kind, Map<String, String> fields) {
    later(() -> audit.line(event, kind, fields));
  }

  private void later(Runnable line) {
    try {
      writer.execute(line);
    } catch (RejectedExecutionException expected) {
      // it happened while this component ended
    }
  }
}
