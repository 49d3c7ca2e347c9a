package io.quire.backend.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What the processor says of itself. */
final class Processor {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** {@return the maker's name, or the architecture where the system does not tell} */
  static String name() {
    return value("model name").orElse(architecture() + " processor");
  }

  /** {@return such as {@code x86_64+avx512}: the architecture and the widest vectors} */
  static String arch() {
    String flags = " " + value("flags").or(() -> value("Features")).orElse("") + " ";
    String vectors =
        Stream.of("avx512f", "avx2", "avx", "sse4_2", "sve2", "sve", "asimd")
            .filter(flag -> flags.contains(" " + flag + " "))
            .findFirst()
            .map(flag -> "+" + (flag.equals("avx512f") ? "avx512" : flag))
            .orElse("");
    return architecture() + vectors;
  }

  private static String architecture() {
    String arch = System.getProperty("os.arch", "unknown").toLowerCase(Locale.ROOT);
    return arch.equals("amd64") ? "x86_64" : arch;
  }

  private static Optional<String> value(String key) {
    if (!Files.isReadable(CPU_INFO)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(CPU_INFO, StandardCharsets.UTF_8)) {
      return lines
          .filter(line -> line.startsWith(key) && line.indexOf(':') > 0)
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException ignored) {
      return Optional.empty();
    }
  }
}
