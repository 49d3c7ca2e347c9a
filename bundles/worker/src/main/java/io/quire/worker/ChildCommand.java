package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.worker.child.Main;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;

/** The command line of a child: this JVM, its arguments, and the few jars that a launcher needs. */
final class ChildCommand {
  /** Arguments that two processes cannot share: ports, files that are written. */
  private static final List<String> NOT_SHARED =
      List.of(
          "-agentlib:",
          "-agentpath:",
          "-javaagent:",
          "-Xrunjdwp",
          "-Xdebug",
          "-Dcom.sun.management",
          "-XX:StartFlightRecording",
          "-XX:FlightRecorderOptions",
          "-XX:SharedArchiveFile",
          "-XX:+AutoCreateSharedArchive",
          "-XX:ArchiveClassesAtExit",
          "-XX:AOT",
          "-XX:ErrorFile",
          "-XX:HeapDumpPath");

  private static final String REFERENCE = "reference:";

  private final BundleContext context;
  private final Settings settings;

  ChildCommand(BundleContext context, Settings settings) {
    this.context = context;
    this.settings = settings;
  }

  /**
   * {@return the words of the command}
   *
   * @param socket of the control channel
   * @param name for people who list processes
   * @throws IOException if a jar's place cannot be told
   */
  List<String> words(Path socket, String name) throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> NOT_SHARED.stream().noneMatch(argument::startsWith))
        .forEach(words::add);
    words.addAll(settings.vmArguments());
    words.add("-cp");
    words.add(classPath());
    words.add(Main.class.getName());
    words.add(socket.toString());
    words.add(name);
    return words;
  }

  private String classPath() throws IOException {
    Set<Path> jars = new LinkedHashSet<>();
    jars.add(jar(context.getBundle(0).getClass()));
    jars.add(jar(Main.class));
    jars.add(jar(Device.class));
    jars.add(jar(ConfigurationAdmin.class));
    return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private static Path jar(Class<?> type) throws IOException {
    Bundle bundle = FrameworkUtil.getBundle(type);
    try {
      if (bundle != null && bundle.getBundleId() != 0) {
        String location = bundle.getLocation();
        return Path.of(
            new URI(
                location.startsWith(REFERENCE)
                    ? location.substring(REFERENCE.length())
                    : location));
      }
      CodeSource source = type.getProtectionDomain().getCodeSource();
      if (source != null) {
        return Path.of(source.getLocation().toURI());
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw new IOException(
          "a worker process needs the file that "
              + type.getName()
              + " comes from, but the bundle's location is none: "
              + bundle
              + ". Install it from a file, or set worker=in-process in "
              + WorkerConfig.PID,
          e);
    }
    throw new IOException("a worker process needs " + type.getName() + ", which is in no file");
  }
}
