package io.quire.shell.socket;

import io.quire.shell.client.ShellClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** The shell bundle in a real framework with Gogo, Declarative Services and configurations. */
final class TestDistribution implements AutoCloseable {
  private static final List<String> BUNDLES =
      List.of(
          "org.osgi.util.function",
          "org.osgi.util.promise",
          "org.osgi.service.component-",
          "org.apache.felix.configadmin",
          "org.apache.felix.scr",
          "org.apache.felix.gogo.runtime",
          "org.apache.felix.gogo.command",
          "org.apache.felix.gogo.shell");

  /** Packages that the test shares with the bundles: it plays the part of core. */
  private static final String SHARED =
      String.join(
          ",",
          "io.quire.api.cache;version=1.0",
          "io.quire.api.device;version=1.2",
          "io.quire.api.engine;version=1.0",
          "io.quire.api.kernel;version=1.2",
          "io.quire.api.model;version=1.1",
          "io.quire.api.text;version=1.0",
          "org.osgi.service.cm;version=1.6.1");

  private final Path folder;
  private final Path socket;
  private final Framework framework;
  private final Bundle shell;

  TestDistribution() throws IOException, BundleException {
    folder = Files.createTempDirectory("quire-test");
    socket = folder.resolve("run/s.sock");
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    folder.resolve("storage").toString(),
                    Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                    SHARED,
                    "gosh.args", // else its own shell would read this process's input
                    "--nointeractive",
                    ShellSocket.FRAMEWORK_PROPERTY,
                    socket.toString()));
    framework.start();
    List<Bundle> bundles = new ArrayList<>();
    for (String name : BUNDLES) {
      bundles.add(context().installBundle(jar(name).toUri().toString()));
    }
    shell = context().installBundle("reference:" + Path.of("target", "classes").toUri());
    bundles.add(shell);
    for (Bundle bundle : bundles) {
      bundle.start();
    }
  }

  private static Path jar(String name) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .filter(path -> path.getFileName().toString().startsWith(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + name + " on the class path"));
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  Path socket() {
    return socket;
  }

  Bundle shell() {
    return shell;
  }

  /** Adds a Gogo command: a public method of an object. */
  void command(Object object, String name) {
    context()
        .registerService(
            Object.class,
            object,
            new Hashtable<>(
                Map.of(
                    CommandProcessor.COMMAND_SCOPE,
                    "test",
                    CommandProcessor.COMMAND_FUNCTION,
                    name)));
  }

  /**
   * What a client has shown.
   *
   * @param status its exit status
   * @param out its standard output
   * @param err its standard error
   */
  record Run(int status, String out, String err) {}

  /** Runs one command. */
  Run run(String command) {
    return client("", false, "--socket", socket.toString(), "-c", command);
  }

  /** Runs a client that reads its commands from standard input. */
  Run lines(String input, boolean terminal) {
    return client(input, terminal, "--socket", socket.toString());
  }

  static Run client(String input, boolean terminal, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    ShellClient client =
        new ShellClient(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            terminal);
    int status = client.run(List.of(arguments));
    return new Run(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException, BundleException {
    framework.stop();
    try {
      framework.waitForStop(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (var all = Files.walk(folder)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
