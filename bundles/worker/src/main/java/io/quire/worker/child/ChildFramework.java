package io.quire.worker.child;

import io.quire.worker.control.Message;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * The child's framework, with the bundles that the parent names. The contracts' classes are those
 * of this class path, as this side is no bundle: it is what a launcher is.
 */
final class ChildFramework implements AutoCloseable {
  private static final String API = "io.quire.api";
  private static final String CONFIGURATIONS = "org.osgi.service.cm;version=1.6.1";
  private static final long STOP_SECONDS = 5;

  private final Framework framework;
  private final Message.Begin begin;
  private final List<Bundle> bundles = new ArrayList<>();

  private ChildFramework(Framework framework, Message.Begin begin) {
    this.framework = framework;
    this.begin = begin;
  }

  /**
   * Starts the framework and all bundles but the backend.
   *
   * @param begin what to start
   * @param storage the framework's folder
   */
  static ChildFramework create(Message.Begin begin, Path storage)
      throws IOException, BundleException {
    FrameworkFactory factory =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow(() -> new IOException("no OSGi framework is on the class path"));
    Map<String, String> properties = new HashMap<>(begin.framework());
    properties.put(Constants.FRAMEWORK_STORAGE, storage.toString());
    properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, contracts() + "," + CONFIGURATIONS);
    ChildFramework child = new ChildFramework(factory.newFramework(properties), begin);
    try {
      child.start();
      return child;
    } catch (BundleException e) {
      child.close();
      throw e;
    }
  }

  /** What the contracts' bundle exports. */
  private static String contracts() throws IOException {
    ClassLoader loader = ChildFramework.class.getClassLoader();
    for (URL url : Collections.list(loader.getResources("META-INF/MANIFEST.MF"))) {
      try (InputStream in = url.openStream()) {
        Attributes main = new Manifest(in).getMainAttributes();
        if (API.equals(main.getValue(Constants.BUNDLE_SYMBOLICNAME))) {
          return main.getValue(Constants.EXPORT_PACKAGE);
        }
      }
    }
    throw new IOException("the bundle " + API + " is not on the class path");
  }

  private void start() throws BundleException {
    framework.start();
    begin.bundles().forEach(this::install);
    framework.adapt(FrameworkWiring.class).resolveBundles(bundles);
    for (Bundle bundle : bundles) {
      if (!isBackend(bundle) && bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null) {
        startOne(bundle);
      }
    }
  }

  /** What this side cannot read may not be needed; if it is, the backend says so. */
  private void install(String location) {
    try {
      bundles.add(context().installBundle(location));
    } catch (BundleException e) {
      System.err.println("the worker process does without " + location + ": " + e.getMessage());
    }
  }

  private boolean isBackend(Bundle bundle) {
    return begin.backend().equals(bundle.getSymbolicName());
  }

  /** A bundle that the device does not need is no reason not to serve it. */
  private static void startOne(Bundle bundle) {
    try {
      bundle.start(Bundle.START_ACTIVATION_POLICY);
    } catch (BundleException e) {
      System.err.println(bundle.getSymbolicName() + " did not start: " + e.getMessage());
    }
  }

  /** Starts what finds devices, configured as in the parent. */
  void startBackend() throws IOException, BundleException {
    configure();
    for (Bundle bundle : bundles) {
      if (isBackend(bundle)) {
        bundle.start(Bundle.START_ACTIVATION_POLICY);
      }
    }
  }

  private void configure() throws IOException {
    ServiceReference<ConfigurationAdmin> reference =
        context().getServiceReference(ConfigurationAdmin.class);
    if (reference == null) {
      return;
    }
    ConfigurationAdmin admin = context().getService(reference);
    for (Map.Entry<String, Map<String, Object>> each : begin.configurations().entrySet()) {
      configuration(admin, each.getKey()).update(new Hashtable<>(each.getValue()));
    }
  }

  private static Configuration configuration(ConfigurationAdmin admin, String pid)
      throws IOException {
    int tilde = pid.indexOf('~');
    return tilde < 0
        ? admin.getConfiguration(pid, "?")
        : admin.getFactoryConfiguration(pid.substring(0, tilde), pid.substring(tilde + 1), "?");
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  /** Stops everything, or gives up after some seconds: the process ends anyway. */
  @Override
  public void close() {
    try {
      framework.stop();
      framework.waitForStop(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
    } catch (BundleException e) {
      System.err.println("the worker's framework did not stop: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
