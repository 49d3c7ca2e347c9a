package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/**
 * Which bundles a child has: those of this framework but for doors, other backends and this side. A
 * bundle that does not resolve here is not taken either: it may have been refused.
 */
final class ChildBundles {
  private static final String SERVICE = "osgi.service";

  /** On the child's class path. */
  private static final Set<String> SHARED = Set.of("io.quire.api", WorkerConfig.PID);

  private final BundleContext context;
  private final Settings settings;

  ChildBundles(BundleContext context, Settings settings) {
    this.context = context;
    this.settings = settings;
  }

  /** {@return the bundles of a child that serves a device of the backend} */
  List<Bundle> of(Bundle backend) {
    return Stream.of(context.getBundles())
        .filter(bundle -> bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID)
        .filter(bundle -> (bundle.getState() & (Bundle.UNINSTALLED | Bundle.INSTALLED)) == 0)
        .filter(bundle -> bundle.getSymbolicName() != null)
        .filter(bundle -> !SHARED.contains(bundle.getSymbolicName()))
        .filter(bundle -> !settings.leavesOut(bundle.getSymbolicName()))
        .filter(bundle -> bundle == backend || !isBackend(bundle))
        .toList();
  }

  /** Who offers drivers, or devices that are not made of other bundles' drivers. */
  private static boolean isBackend(Bundle bundle) {
    BundleRevision revision = bundle.adapt(BundleRevision.class);
    boolean takesDrivers =
        revision.getDeclaredRequirements(SERVICE).stream()
            .map(BundleRequirement::getDirectives)
            .map(directives -> directives.getOrDefault(Constants.FILTER_DIRECTIVE, ""))
            .anyMatch(filter -> filter.contains(DeviceDriver.class.getName()));
    return offers(revision, DeviceDriver.class)
        || (offers(revision, Device.class) && !takesDrivers);
  }

  private static boolean offers(BundleRevision revision, Class<?> service) {
    return revision.getDeclaredCapabilities(SERVICE).stream()
        .map(BundleCapability::getAttributes)
        .map(attributes -> attributes.get(Constants.OBJECTCLASS))
        .anyMatch(classes ->
            classes instanceof Collection<?> names
                ? names.contains(service.getName())
                : service.getName().equals(classes));
  }
}
