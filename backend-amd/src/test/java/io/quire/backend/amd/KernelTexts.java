package io.quire.backend.amd;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import io.quire.core.kernel.KernelHeaderException;
import io.quire.core.kernel.KernelHeaderParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The kernel files of this repository. */
final class KernelTexts {
  private static final Path BUNDLES = Path.of("..", "kernel-bundles");

  private record Text(KernelHeader header, String text, String origin) implements KernelSource {}

  private KernelTexts() {}

  /** {@return all of them, in the order of their paths} */
  static List<KernelSource> all() {
    try (Stream<Path> files = Files.walk(BUNDLES)) {
      return files
          .filter(file -> file.toString().endsWith(".qk") && !file.toString().contains("target"))
          .sorted()
          .map(KernelTexts::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@return a kernel of the given text} */
  static KernelSource of(String origin, String text) {
    try {
      return new Text(KernelHeaderParser.parse(text), text, origin);
    } catch (KernelHeaderException e) {
      throw new IllegalArgumentException(origin + ": " + e.getMessage(), e);
    }
  }

  private static KernelSource read(Path file) {
    try {
      return of(BUNDLES.relativize(file).toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
