package io.quire.core.kernel;

import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.util.tracker.BundleTracker;
import org.osgi.util.tracker.BundleTrackerCustomizer;

/**
 * Registers the {@code .qk} files of every active bundle that has a {@code Quire-Kernels} header,
 * in that bundle's name, for as long as it is active. A process that takes its kernels from another
 * one sets the framework property {@value #PROPERTY} to {@code false}.
 */
@Component(service = BrokenSources.class, immediate = true)
public final class KernelExtender implements BrokenSources {
  /** Framework property: whether kernels of bundles are registered, {@code true} by default. */
  static final String PROPERTY = "quire.kernels.bundles";

  private final BundleTracker<BundleKernels> bundles;

  /**
   * Starts with the bundles that are there.
   *
   * @param context the context of this bundle
   */
  @Activate
  public KernelExtender(BundleContext context) {
    bundles = new BundleTracker<>(context, Bundle.ACTIVE, new Customizer());
    if (!"false".equals(context.getProperty(PROPERTY))) {
      bundles.open();
    }
  }

  /** Withdraws all that was registered. */
  @Deactivate
  public void close() {
    bundles.close();
  }

  @Override
  public List<BrokenSource> broken() {
    return bundles.getTracked().values().stream()
        .flatMap(kernels -> kernels.broken().stream())
        .toList();
  }

  /** Follows bundles as they start and stop. */
  private static final class Customizer implements BundleTrackerCustomizer<BundleKernels> {
    @Override
    public BundleKernels addingBundle(Bundle bundle, BundleEvent event) {
      String header = bundle.getHeaders("").get(KernelLocations.HEADER);
      return header == null ? null : BundleKernels.register(bundle, header);
    }

    @Override
    public void modifiedBundle(Bundle bundle, BundleEvent event, BundleKernels kernels) {
      // An active bundle's files do not change: an update stops and starts it.
    }

    @Override
    public void removedBundle(Bundle bundle, BundleEvent event, BundleKernels kernels) {
      kernels.unregister();
    }
  }
}
