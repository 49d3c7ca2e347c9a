package io.quire.worker;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.bundle.EventHook;
import org.osgi.framework.hooks.bundle.FindHook;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.util.tracker.BundleTracker;

/**
 * Gives the devices of some backends processes of their own. Such a backend's bundle is active here
 * and makes nothing; a child starts it too, and there it opens its devices.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = WorkerConfig.PID)
@Designate(ocd = WorkerConfig.class)
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.device.Device")
public final class Workers {
  private static final Logger LOG = System.getLogger(Workers.class.getName());

  private final BundleContext context;
  private final HiddenBackends hidden = new HiddenBackends(Set.of());
  private final List<ServiceRegistration<?>> hooks;

  /** Everything that takes its time, one after the other. */
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("quire-workers").factory());

  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("quire-worker-heartbeats").factory());

  private final Fence fence;
  private Set<String> names = Set.of();
  private Optional<BundleTracker<BackendKeeper>> backends = Optional.empty();

  /**
   * Hides the backends, and begins to look after them.
   *
   * @param context the bundle's
   * @param config the configuration
   * @throws IllegalArgumentException if a value is out of range; no worker is started
   */
  @Activate
  public Workers(BundleContext context, WorkerConfig config) {
    this.context = context;
    Settings settings = Settings.of(config);
    fence = new Fence(context);
    // At once: backends that start while this one does must not open their devices here.
    hidden.use(settings.backends());
    hooks =
        List.of(
            context.registerService(EventHook.class, hidden, null),
            context.registerService(FindHook.class, hidden, null));
    thread.execute(() -> begin(settings));
  }

  /**
   * Ends all children, and begins anew; if a value is out of range, all stays as it is.
   *
   * @param config the configuration
   */
  @Modified
  void modified(WorkerConfig config) {
    try {
      Settings settings = Settings.of(config);
      thread.execute(() -> {
        end();
        begin(settings);
      });
    } catch (IllegalArgumentException e) {
      LOG.log(Level.ERROR, "{0} All stays as it was.", e.getMessage());
    }
  }

  private void begin(Settings settings) {
    Set<String> changed = new HashSet<>(names);
    changed.addAll(settings.backends());
    changed.removeIf(name -> names.contains(name) && settings.backends().contains(name));
    names = settings.backends();
    hidden.use(names);
    for (Bundle bundle : context.getBundles()) {
      if (changed.contains(bundle.getSymbolicName()) && bundle.getState() == Bundle.ACTIVE) {
        restart(bundle);
      }
    }
    DeviceKeeper.Parts parts = new DeviceKeeper.Parts(context, settings, clock, fence);
    BundleTracker<BackendKeeper> tracker =
        new BundleTracker<>(context, Bundle.ACTIVE, null) {
          @Override
          public BackendKeeper addingBundle(Bundle bundle, BundleEvent event) {
            return settings.backends().contains(bundle.getSymbolicName())
                ? keep(parts, bundle)
                : null;
          }

          @Override
          public void removedBundle(Bundle bundle, BundleEvent event, BackendKeeper keeper) {
            keeper.stop();
          }
        };
    tracker.open();
    backends = Optional.of(tracker);
  }

  /** Declarative Services look at a bundle when it starts, and only then. */
  private static void restart(Bundle bundle) {
    try {
      bundle.stop(Bundle.STOP_TRANSIENT);
      bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
    } catch (BundleException e) {
      LOG.log(Level.ERROR, "bundle " + bundle.getSymbolicName() + " did not restart", e);
    }
  }

  private static BackendKeeper keep(DeviceKeeper.Parts parts, Bundle bundle) {
    BackendKeeper keeper = new BackendKeeper(parts, bundle);
    keeper.start();
    return keeper;
  }

  private void end() {
    backends.ifPresent(BundleTracker::close);
    backends = Optional.empty();
  }

  /**
   * Ends all children. Their backends stay without devices until they are restarted.
   *
   * @throws InterruptedException if the thread is interrupted; then children may remain
   */
  @Deactivate
  void stop() throws InterruptedException {
    thread.execute(this::end);
    thread.shutdown();
    thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
    clock.shutdownNow();
    fence.close();
    hooks.forEach(ServiceRegistration::unregister);
  }
}
