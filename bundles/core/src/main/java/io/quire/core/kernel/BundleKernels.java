package io.quire.core.kernel;

import io.quire.api.kernel.KernelSource;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** The kernels of one bundle, registered in its name. */
final class BundleKernels {
  /** Most kernel files of a bundle. */
  static final int MAX_FILES = 1024;

  private static final System.Logger LOG = System.getLogger(BundleKernels.class.getName());

  private final Bundle bundle;
  private final List<ServiceRegistration<KernelSource>> registrations = new ArrayList<>();
  private final List<BrokenSource> broken = new ArrayList<>();

  private BundleKernels(Bundle bundle) {
    this.bundle = bundle;
  }

  /**
   * Registers the kernels of a bundle. What is wrong with one does not keep the others away.
   *
   * @param bundle an active bundle
   * @param header its {@link KernelLocations#HEADER}
   * @return what was registered and what was not
   */
  static BundleKernels register(Bundle bundle, String header) {
    BundleKernels kernels = new BundleKernels(bundle);
    BundleContext context = bundle.getBundleContext();
    if (context == null) {
      return kernels; // It is stopping already; the tracker takes this back at once.
    }
    try {
      kernels.find(header).forEach((path, url) -> kernels.registerFile(context, path, url));
    } catch (IllegalArgumentException e) {
      kernels.refuse("", e);
    } catch (IllegalStateException e) {
      // The bundle stopped in between: the framework withdraws what was registered.
      LOG.log(System.Logger.Level.DEBUG, "Kernels of {0} left while they came", bundle);
    }
    return kernels;
  }

  private Map<String, URL> find(String header) {
    Map<String, URL> files = new TreeMap<>();
    for (KernelLocations.Location location : KernelLocations.parse(header)) {
      List<URL> found = entries(location);
      if (found.isEmpty()) {
        refuse(
            (location.folder().isEmpty() ? "/" : "/" + location.folder() + "/")
                + location.pattern(),
            new IOException(KernelLocations.HEADER + " names it, but the bundle has no such file"));
      }
      found.forEach(url -> files.put(url.getPath(), url));
    }
    if (files.size() > MAX_FILES) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s matches %d files; at most %d are allowed. None was registered; split the bundle",
              KernelLocations.HEADER,
              files.size(),
              MAX_FILES));
    }
    return files;
  }

  private List<URL> entries(KernelLocations.Location location) {
    var found = bundle.findEntries("/" + location.folder(), location.pattern(), false);
    return found == null ? List.of() : Collections.list(found);
  }

  private void registerFile(BundleContext context, String path, URL url) {
    try (InputStream in = url.openStream()) {
      KernelFile kernel = KernelFile.read(in, origin(path));
      registrations.add(context.registerService(KernelSource.class, kernel, kernel.properties()));
    } catch (IOException | KernelHeaderException e) {
      refuse(path, e);
    }
  }

  private String origin(String path) {
    return bundle.getSymbolicName() + ":" + bundle.getVersion() + path;
  }

  private void refuse(String path, Exception reason) {
    BrokenSource source = new BrokenSource(origin(path), reason.getMessage());
    broken.add(source);
    LOG.log(
        System.Logger.Level.WARNING,
        "Kernel source {0} is refused: {1}",
        source.origin(),
        source.reason());
  }

  /** {@return what could not be registered} */
  List<BrokenSource> broken() {
    return List.copyOf(broken);
  }

  /** Withdraws what was registered and is still there. */
  void unregister() {
    for (ServiceRegistration<KernelSource> registration : registrations) {
      try {
        registration.unregister();
      } catch (IllegalStateException ignored) {
        // The framework was faster: the bundle has stopped.
      }
    }
  }
}
