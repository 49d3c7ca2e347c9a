package io.quire.deploy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.jar.JarFile;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** File Install, core and this bundle in a real framework, watching a folder. */
final class WatchedFolder implements AutoCloseable {
  private static final List<String> BUNDLES =
      List.of(
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component-",
          "org.apache.felix.configadmin",
          "org.apache.felix.scr",
          "org.apache.felix.fileinstall",
          "io.quire.trust",
          "io.quire.core");

  private final Path outside;
  private final Path folder;
  private final Framework framework;
  private final Bundle deploy;

  WatchedFolder(Path root) throws IOException, BundleException {
    this(root, Map.of());
  }

  /** With further framework properties. */
  WatchedFolder(Path root, Map<String, String> more) throws IOException, BundleException {
    outside = Files.createDirectories(root.resolve("outside"));
    folder = Files.createDirectories(root.resolve("deploy"));
    Map<String, String> properties = new HashMap<>(more);
    properties.put(Constants.FRAMEWORK_STORAGE, root.resolve("storage").toString());
    properties.put(
        Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
        apiPackages() + ",org.osgi.service.cm;version=1.6.1");
    properties.put("felix.fileinstall.dir", folder.toString());
    properties.put("felix.fileinstall.tmpdir", root.resolve("tmp").toString());
    properties.put("felix.fileinstall.poll", "50");
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(properties);
    framework.start();
    List<Bundle> bundles = new ArrayList<>();
    for (String name : BUNDLES) {
      bundles.add(context().installBundle(jar(name).toUri().toString()));
    }
    deploy = context().installBundle("reference:" + Path.of("target", "classes").toUri());
    bundles.add(deploy);
    for (Bundle bundle : bundles) {
      if (!isFileInstall(bundle)) {
        bundle.start();
      }
    }
    for (Bundle bundle : bundles) {
      bundle.start(); // File Install last, as in the distribution
    }
  }

  /** The contracts come from the test's class path: it looks at the services itself. */
  private static String apiPackages() throws IOException {
    try (JarFile jar = new JarFile(jar("io.quire.api").toFile())) {
      String exported = jar.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
      return exported.replaceAll(";uses:=\"[^\"]*\"", "");
    }
  }

  private static Path jar(String name) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(path -> path.getFileName().toString().startsWith(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + name + " on the class path"));
  }

  private static boolean isFileInstall(Bundle bundle) {
    return bundle.getSymbolicName().equals("org.apache.felix.fileinstall");
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  Bundle deploy() {
    return deploy;
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** Puts a file there at once, whole. */
  void drop(String name, String text) throws IOException {
    Path written = Files.writeString(outside.resolve(name), text);
    Files.move(written, file(name), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Likewise a copy of a file. */
  void drop(String name, Path content) throws IOException {
    Path written = outside.resolve(name);
    Files.copy(content, written, StandardCopyOption.REPLACE_EXISTING);
    Files.move(written, file(name), StandardCopyOption.ATOMIC_MOVE);
  }

  void take(String name) throws IOException {
    Files.delete(file(name));
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
