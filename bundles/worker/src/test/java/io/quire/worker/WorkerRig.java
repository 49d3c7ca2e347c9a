package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.engine.Engine;
import io.quire.api.model.ModelFile;
import io.quire.api.model.WeightsFormat;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.service.cm.ConfigurationAdmin;

/** Quire without doors in a real framework, with this bundle, whose children are real processes. */
final class WorkerRig implements AutoCloseable {
  private static final List<String> BUNDLES =
      List.of(
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component-",
          "org.apache.felix.configadmin",
          "org.apache.felix.scr",
          "jackson-annotations",
          "jackson-core",
          "jackson-databind",
          "io.quire.api", // For the children: here its packages come from the class path.
          "io.quire.formats",
          "io.quire.text",
          "io.quire.model.llama",
          "io.quire.core");

  private final Semaphore changes = new Semaphore(0);
  private final Framework framework;
  private final Bundle worker;

  /**
   * Starts everything but a backend.
   *
   * @param storage the framework's
   * @param configuration of this bundle
   */
  WorkerRig(Path storage, Map<String, Object> configuration) throws IOException, BundleException {
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    storage.toString(),
                    Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                    apiPackages() + ",org.osgi.service.cm;version=1.6.1"));
    framework.start();
    context().addServiceListener(event -> changes.release());
    List<Bundle> bundles = new ArrayList<>();
    for (String name : BUNDLES) {
      bundles.add(context().installBundle("reference:" + jar(name).toUri()));
    }
    for (Bundle bundle : bundles) {
      bundle.start();
    }
    configure(WorkerConfig.PID, configuration);
    worker = context().installBundle("reference:" + Path.of("target", "classes").toUri());
    worker.start();
  }

  /** The contracts come from the test's class path: it uses the services itself. */
  private static String apiPackages() throws IOException {
    try (JarFile jar = new JarFile(jar("io.quire.api").toFile())) {
      String exported = jar.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
      return exported.replaceAll(";uses:=\"[^\"]*\"", "");
    }
  }

  static Path jar(String name) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(path -> path.getFileName().toString().startsWith(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + name + " on the class path"));
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  /** {@return this bundle} */
  Bundle worker() {
    return worker;
  }

  /** Installs and starts a bundle. */
  Bundle start(Path jar) throws BundleException {
    Bundle bundle = context().installBundle("reference:" + jar.toUri());
    bundle.start();
    return bundle;
  }

  void configure(String pid, Map<String, Object> properties) throws IOException {
    ConfigurationAdmin admin = service(ConfigurationAdmin.class);
    int tilde = pid.indexOf('~');
    (tilde < 0
            ? admin.getConfiguration(pid, "?")
            : admin.getFactoryConfiguration(pid.substring(0, tilde), pid.substring(tilde + 1), "?"))
        .update(new Hashtable<>(properties));
  }

  /** Serves a model and returns its engine. */
  Engine serve(String name, String location, Map<String, Object> more) throws IOException {
    Map<String, Object> properties = new Hashtable<>(more);
    properties.put("name", name);
    properties.put("location", location);
    configure(Engine.FACTORY_PID + "~" + name, properties);
    return service(Engine.class);
  }

  /** Opens a model. */
  ModelFile open(String location) throws InvalidSyntaxException {
    return context().getServiceReferences(WeightsFormat.class, null).stream()
        .map(context()::getService)
        .filter(format -> format.accepts(location))
        .findFirst()
        .orElseThrow()
        .open(location);
  }

  /** {@return the service, when it is there} */
  <T> T service(Class<T> type) {
    await(() -> references(type).length > 0);
    return type.cast(context().getService(references(type)[0]));
  }

  /** All: the framework takes core's own classes for those on this class path, and wonders. */
  private ServiceReference<?>[] references(Class<?> type) {
    try {
      ServiceReference<?>[] found = context().getAllServiceReferences(type.getName(), null);
      return found == null ? new ServiceReference<?>[0] : found;
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@return the device that is there, or will be} */
  ServiceReference<Device> device(String id, Predicate<ServiceReference<Device>> wanted) {
    await(() -> find(id, wanted).isPresent());
    return find(id, wanted).orElseThrow();
  }

  /** {@return the device that is there and lives in a child} */
  ServiceReference<Device> remote(String id) {
    return device(id, reference -> pid(reference) > 0);
  }

  Device get(ServiceReference<Device> reference) {
    return context().getService(reference);
  }

  Optional<ServiceReference<Device>> find(String id, Predicate<ServiceReference<Device>> wanted) {
    try {
      return context()
          .getServiceReferences(Device.class, "(" + DeviceInfo.DEVICE + "=" + id + ")")
          .stream()
          .filter(wanted)
          .findFirst();
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** {@return the process that a device lives in; 0 for this one} */
  static long pid(ServiceReference<Device> reference) {
    return reference.getProperty(DeviceKeeper.PID) instanceof Long pid ? pid : 0;
  }

  /** Looks again at each change of a service. */
  void await(BooleanSupplier condition) {
    try {
      while (!condition.getAsBoolean()) {
        changes.acquire();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("the test has taken too long", e);
    }
  }

  /** {@return folders of workers} */
  static List<Path> folders() throws IOException {
    List<Path> all = new ArrayList<>();
    for (Path place : List.of(Path.of(System.getProperty("java.io.tmpdir")), Path.of("/dev/shm"))) {
      if (Files.isDirectory(place)) {
        try (Stream<Path> list = Files.list(place)) {
          list.filter(p -> p.getFileName().toString().startsWith("quire-worker-"))
              .forEach(all::add);
        }
      }
    }
    return all;
  }

  @Override
  public void close() throws BundleException {
    framework.stop();
    try {
      framework.waitForStop(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
