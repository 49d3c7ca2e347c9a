package io.quire.tools.device;

import io.quire.api.device.DeviceDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/**
 * A small framework with the distribution's backends and nothing else of Quire, so that a device is
 * found and driven here by the very code that serves models on it. The classes that backends share
 * with this class path are its own.
 */
public final class DriverHost implements AutoCloseable {
  /** Whose packages backends import from this class path. */
  private static final List<String> SHARED = List.of("io.quire.api", "io.quire.gpu");

  private static final String OURS = "io.quire.";
  private static final String CAPABILITY = "io.quire.api.device.DeviceDriver";

  /** Who makes the backends' components; the other bundles only lend their classes. */
  private static final List<String> STARTED =
      List.of("org.apache.felix.configadmin", "org.apache.felix.scr");

  /** How long the first device may take: a driver's libraries are loaded. */
  private static final long FIRST_SECONDS = 10;

  /** Nobody says which device is the last; none has come for so long. */
  private static final long NEXT_SECONDS = 3;

  private final Framework framework;
  private final Path storage;
  private final LinkedBlockingQueue<ServiceReference<?>> arrived = new LinkedBlockingQueue<>();

  private DriverHost(Framework framework, Path storage) {
    this.framework = framework;
    this.storage = storage;
  }

  /**
   * Starts the backends.
   *
   * @param dist the distribution
   * @param home where backends keep compiled kernels
   * @return the host; close it when the devices are no longer used
   * @throws IOException if the framework or a file cannot be used
   */
  public static DriverHost start(Path dist, Path home) throws IOException {
    List<Jar> jars = jars(dist.resolve("bundles"));
    FrameworkFactory factory =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow(() -> new IOException("no OSGi framework is on the class path"));
    Path storage = Files.createTempDirectory("quire-kernels");
    DriverHost host =
        new DriverHost(factory.newFramework(properties(jars, storage, home)), storage);
    try {
      host.start(jars);
      return host;
    } catch (BundleException e) {
      host.close();
      throw new IOException("the OSGi framework did not start: " + e.getMessage(), e);
    }
  }

  /** A bundle's file. */
  private record Jar(Path path, String name, Manifest manifest) {
    boolean backend() {
      String provided = manifest.getMainAttributes().getValue(Constants.PROVIDE_CAPABILITY);
      return provided != null && provided.contains(CAPABILITY);
    }
  }

  private static List<Jar> jars(Path folder) throws IOException {
    List<Jar> jars = new ArrayList<>();
    List<Path> paths;
    try (Stream<Path> list = Files.list(folder)) {
      paths = list.filter(path -> path.toString().endsWith(".jar")).sorted().toList();
    }
    for (Path path : paths) {
      try (JarFile jar = new JarFile(path.toFile())) {
        Manifest manifest = jar.getManifest();
        String name =
            manifest == null
                ? null
                : manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME);
        if (name != null) {
          jars.add(new Jar(path, name.split(";")[0].strip(), manifest));
        }
      }
    }
    return jars;
  }

  private static Map<String, String> properties(List<Jar> jars, Path storage, Path home) {
    Map<String, String> properties = new HashMap<>();
    properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
    properties.put("quire.home", home.toString());
    properties.put("felix.log.level", "1");
    properties.put("ds.loglevel", "warn");
    properties.put(
        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
        jars.stream()
            .filter(jar -> SHARED.contains(jar.name()))
            .map(jar -> jar.manifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE))
            .collect(Collectors.joining(",")));
    return properties;
  }

  private void start(List<Jar> jars) throws BundleException {
    framework.start();
    BundleContext context = framework.getBundleContext();
    context.addServiceListener(this::changed);
    List<Bundle> backends = new ArrayList<>();
    for (Jar jar : jars) {
      if (jar.backend() || !jar.name().startsWith(OURS)) {
        Bundle bundle = context.installBundle("reference:" + jar.path().toUri());
        if (jar.backend()) {
          backends.add(bundle);
        }
      }
    }
    for (Bundle bundle : context.getBundles()) {
      if (STARTED.contains(bundle.getSymbolicName())) {
        bundle.start();
      }
    }
    for (Bundle backend : backends) {
      backend.start();
    }
  }

  private void changed(ServiceEvent event) {
    ServiceReference<?> reference = event.getServiceReference();
    String[] classes = (String[]) reference.getProperty(Constants.OBJECTCLASS);
    if (event.getType() == ServiceEvent.REGISTERED && List.of(classes).contains(CAPABILITY)) {
      arrived.add(reference);
    }
  }

  /**
   * The devices that match a filter.
   *
   * @param filter an LDAP filter over a device's properties; empty: all devices
   * @return their drivers, by identifier; none if there is no device
   * @throws IllegalArgumentException if the filter is none
   * @throws InterruptedException if the thread is interrupted
   */
  public List<DeviceDriver> drivers(String filter) throws InterruptedException {
    Filter wanted = filter(filter);
    List<DeviceDriver> drivers = new ArrayList<>();
    Optional<ServiceReference<?>> next = next(FIRST_SECONDS);
    while (next.isPresent()) {
      if (wanted.match(next.get())
          && framework.getBundleContext().getService(next.get()) instanceof DeviceDriver driver) {
        drivers.add(driver);
      }
      next = next(NEXT_SECONDS);
    }
    drivers.sort(Comparator.comparing(driver -> driver.info().id()));
    return drivers;
  }

  private Optional<ServiceReference<?>> next(long seconds) throws InterruptedException {
    return Optional.ofNullable(arrived.poll(seconds, TimeUnit.SECONDS));
  }

  private static Filter filter(String text) {
    try {
      return FrameworkUtil.createFilter(text.isBlank() ? "(quire.device=*)" : text);
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no filter such as (vendor=amd): " + e.getMessage(), e);
    }
  }

  /** Stops the backends, which close their devices. */
  @Override
  public void close() throws IOException {
    try {
      framework.stop();
      framework.waitForStop(0);
    } catch (BundleException e) {
      throw new IOException("the OSGi framework did not stop: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      delete(storage);
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
