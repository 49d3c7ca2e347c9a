package io.quire.launcher;

import io.quire.trust.Trust;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;

/** Starts the framework with the distribution's bundles, and waits until it stops. */
final class FrameworkRunner {
  private final Path dist;
  private final Home home;
  private final ServeOptions options;
  private final Deployment deployment;
  private final String location;
  private final boolean chat;

  FrameworkRunner(
      Path dist,
      Home home,
      ServeOptions options,
      Deployment deployment,
      String location,
      boolean chat) {
    this.dist = dist;
    this.home = home;
    this.options = options;
    this.deployment = deployment;
    this.location = location;
    this.chat = chat;
  }

  /** {@return the exit status, once the framework has stopped} */
  int run() throws IOException, InterruptedException {
    Files.createDirectories(home.run());
    // Sockets lie there: it is the owner's alone, whatever the mask was when it was made.
    Files.setPosixFilePermissions(home.run(), PosixFilePermissions.fromString("rwx------"));
    Files.createDirectories(etc());
    Path storage = Files.createTempDirectory(home.run(), "framework-");
    try {
      Framework framework =
          ServiceLoader.load(FrameworkFactory.class)
              .findFirst()
              .orElseThrow()
              .newFramework(properties(storage));
      framework.init();
      Shutdown shutdown = Shutdown.install(framework);
      List<Bundle> bundles = installBundles(framework);
      framework.start();
      startInOrder(bundles);
      FrameworkEvent stopped = framework.waitForStop(0);
      shutdown.finished();
      return stopped.getType() == FrameworkEvent.ERROR ? 1 : 0;
    } catch (BundleException e) {
      throw new IOException("the OSGi framework did not start: " + e.getMessage(), e);
    } finally {
      delete(storage);
    }
  }

  private Path etc() {
    return options.values().containsKey("etc")
        ? Path.of(options.value("etc", "")).toAbsolutePath()
        : home.etc();
  }

  private Map<String, String> properties(Path storage) throws IOException {
    Map<String, String> properties = new HashMap<>();
    Properties defaults = new Properties();
    try (InputStream in = Files.newInputStream(dist.resolve("conf/framework.properties"))) {
      defaults.load(in);
    }
    defaults.forEach((key, value) -> properties.put(key.toString(), value.toString()));
    properties.put("org.osgi.framework.storage", storage.toString());
    properties.put("org.osgi.framework.startlevel.beginning", String.valueOf(StartLevels.HIGHEST));
    properties.put("felix.fileinstall.dir", etc().toString());
    deployment.signers().ifPresent(file -> properties.put(Trust.SIGNERS, file.toString()));
    properties.put("quire.home", home.path().toString());
    properties.put("quire.version", Version.current());
    properties.put("quire.chat", String.valueOf(chat));
    properties.put("quire.configurations", configurations());
    if (chat) {
      properties.put("org.apache.felix.http.enable", "false");
    } else {
      properties.put("org.osgi.service.http.port", String.valueOf(options.port()));
      properties.put("org.apache.felix.http.host", options.host());
      properties.put("quire.url", "http://" + options.host() + ":" + options.port());
      properties.put(
          "quire.shell.socket", home.run().resolve("quire-" + options.port() + ".sock").toString());
    }
    return properties;
  }

  /**
   * The first configurations, as {@code PID/key=value} lines that a bundle hands to the
   * configuration admin.
   */
  private String configurations() throws IOException {
    Properties lines = new Properties();
    options
        .modelConfiguration(location)
        .forEach((key, value) ->
            lines.setProperty("io.quire.model~" + options.servedName() + "/" + key, value));
    if (options.values().containsKey("api-key-file")) {
      Path keys = Path.of(options.value("api-key-file", "")).toAbsolutePath();
      lines.setProperty("io.quire.http/api.key.file", keys.toString());
    }
    if (options.values().containsKey("threads")) {
      lines.setProperty("io.quire.backend.cpu/threads", options.value("threads", ""));
    }
    deployment.folder().ifPresent(folder -> watch(folder, lines));
    StringWriter text = new StringWriter();
    lines.store(text, null);
    return text.toString();
  }

  /** Configurations carry no signature: where signatures are asked for they are not taken. */
  private void watch(Path folder, Properties lines) {
    String prefix = "org.apache.felix.fileinstall~deploy/felix.fileinstall.";
    lines.setProperty(prefix + "dir", folder.toString());
    lines.setProperty(prefix + "poll", "500");
    if (deployment.signers().isPresent()) {
      lines.setProperty(prefix + "filter", ".*(?<!\\.cfg|\\.config)");
    }
  }

  private List<Bundle> installBundles(Framework framework) throws IOException, BundleException {
    List<Path> jars;
    try (Stream<Path> list = Files.list(dist.resolve("bundles"))) {
      jars = list.filter(p -> p.toString().endsWith(".jar")).sorted().toList();
    }
    if (jars.isEmpty()) {
      throw new IOException(
          "no bundles in " + dist.resolve("bundles") + "; build the distribution again");
    }
    List<Bundle> bundles = new ArrayList<>();
    for (Path jar : jars) {
      // A reference spares the copy into the framework's storage: a third of the start.
      Bundle bundle = framework.getBundleContext().installBundle("reference:" + jar.toUri());
      bundle.adapt(BundleStartLevel.class).setStartLevel(StartLevels.of(bundle.getSymbolicName()));
      bundles.add(bundle);
    }
    framework.adapt(FrameworkWiring.class).resolveBundles(bundles);
    return bundles;
  }

  /**
   * Starts the bundles in the order of their start levels, except that the web server comes up
   * beside the others once the loaders are there. The framework is at its highest start level
   * already: raising the level would take every bundle's lock in turn, and so wait for the web
   * server.
   */
  private static void startInOrder(List<Bundle> bundles) {
    List<Bundle> ordered =
        bundles.stream()
            .filter(b -> b.getHeaders().get("Fragment-Host") == null)
            .sorted(Comparator.comparingInt(b -> StartLevels.turn(b.getSymbolicName())))
            .toList();
    for (Bundle bundle : ordered) {
      if (StartLevels.isWebServer(bundle.getSymbolicName())) {
        Thread.ofPlatform().name("quire-web-server").start(() -> start(bundle));
      } else {
        start(bundle);
      }
    }
  }

  private static void start(Bundle bundle) {
    try {
      bundle.start(Bundle.START_ACTIVATION_POLICY);
    } catch (BundleException e) {
      System.err.println("quire: " + bundle.getSymbolicName() + " did not start: " + e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
