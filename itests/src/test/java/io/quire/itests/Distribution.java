package io.quire.itests;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.JUnitException;
import org.opentest4j.AssertionFailedError;
import org.ops4j.pax.exam.Option;

/** The built distribution as options for Pax Exam: exactly its bundles, and JUnit for the probe. */
final class Distribution {
  private Distribution() {}

  static Path home() {
    return Path.of(System.getProperty("quire.dist"));
  }

  /** {@return the files of its bundles, by name} */
  static List<Path> bundles() {
    try (Stream<Path> jars = Files.list(home().resolve("bundles"))) {
      return jars.filter(p -> p.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return the file of the bundle with this name} */
  static Path file(String name) {
    return bundles().stream()
        .filter(p -> p.getFileName().toString().startsWith(name + "-"))
        .findFirst()
        .orElseThrow();
  }

  static Option[] options(Option... more) {
    List<Option> options = new ArrayList<>();
    bundles().forEach(p -> options.add(bundle(p.toUri().toString()).startLevel(2)));
    for (Class<?> type :
        List.of(
            Test.class,
            JUnitException.class,
            AssertionFailedError.class,
            org.apiguardian.api.API.class)) {
      options.add(bundle(type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }
    options.add(systemProperty("org.osgi.service.http.port").value("0"));
    options.add(systemProperty("org.apache.felix.http.host").value("127.0.0.1"));
    options.add(systemProperty("org.ops4j.pax.logging.DefaultServiceLog.level").value("WARN"));
    options.addAll(List.of(more));
    return options.toArray(Option[]::new);
  }
}
