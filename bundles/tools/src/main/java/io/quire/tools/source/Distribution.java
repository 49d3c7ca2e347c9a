package io.quire.tools.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * The kernel texts and the parts of the dialect in a set of bundles. It reads what a running server
 * would find: kernels by the header {@code Quire-Kernels}, preludes and common parts as the
 * resources {@code prelude/NAME.h} and {@code common/NAME.h}.
 *
 * @param kernels by operation, then descending ranking, then name
 * @param broken what could not be read, with its reason
 * @param dialect preludes and common parts
 */
public record Distribution(List<TextSource> kernels, List<String> broken, DialectTexts dialect) {
  private static final int MOST_HEADER_BYTES = 1 << 20;

  /** Copies the lists. */
  public Distribution {
    kernels = List.copyOf(kernels);
    broken = List.copyOf(broken);
  }

  /**
   * Reads all bundles of some folders.
   *
   * @param folders folders with jar files; of two resources with one name the first counts
   * @return what they hold
   * @throws IOException if a folder or jar cannot be read
   */
  public static Distribution read(List<Path> folders) throws IOException {
    List<TextSource> kernels = new ArrayList<>();
    List<String> broken = new ArrayList<>();
    Map<String, String> preludes = new TreeMap<>();
    Map<String, String> common = new TreeMap<>();
    for (Path folder : folders) {
      for (Path path : jars(folder)) {
        try (JarFile jar = new JarFile(path.toFile())) {
          addKernels(jar, kernels, broken);
          addHeaders(jar, "prelude/", preludes);
          addHeaders(jar, "common/", common);
        }
      }
    }
    kernels.sort(
        Comparator.comparing((TextSource source) -> source.header().op())
            .thenComparing(source -> -(long) source.header().ranking())
            .thenComparing(source -> source.header().name()));
    return new Distribution(kernels, broken, new DialectTexts(preludes, common));
  }

  private static List<Path> jars(Path folder) throws IOException {
    List<Path> jars = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*.jar")) {
        stream.forEach(jars::add);
      }
    }
    jars.sort(Comparator.naturalOrder());
    return jars;
  }

  private static void addKernels(JarFile jar, List<TextSource> kernels, List<String> broken)
      throws IOException {
    Manifest manifest = jar.getManifest();
    String header =
        manifest == null ? null : manifest.getMainAttributes().getValue(KernelPaths.HEADER);
    if (header == null) {
      return;
    }
    String bundle = manifest.getMainAttributes().getValue("Bundle-SymbolicName");
    KernelPaths paths = KernelPaths.parse(header);
    for (JarEntry entry : entries(jar)) {
      if (paths.contains(entry.getName())) {
        try (InputStream in = jar.getInputStream(entry)) {
          kernels.add(TextSource.read(in, bundle + "/" + entry.getName()));
        } catch (IOException e) {
          broken.add(e.getMessage());
        }
      }
    }
  }

  private static void addHeaders(JarFile jar, String folder, Map<String, String> texts)
      throws IOException {
    for (JarEntry entry : entries(jar)) {
      String name = entry.getName();
      if (name.startsWith(folder) && name.endsWith(".h")) {
        try (InputStream in = jar.getInputStream(entry)) {
          byte[] bytes = in.readNBytes(MOST_HEADER_BYTES);
          texts.putIfAbsent(
              name.substring(folder.length()), new String(bytes, StandardCharsets.UTF_8));
        }
      }
    }
  }

  private static List<JarEntry> entries(JarFile jar) {
    List<JarEntry> entries = new ArrayList<>();
    for (Enumeration<JarEntry> all = jar.entries(); all.hasMoreElements(); ) {
      JarEntry entry = all.nextElement();
      if (!entry.isDirectory()) {
        entries.add(entry);
      }
    }
    return entries;
  }

  /**
   * Selects kernels.
   *
   * @param op an operation or a prefix such as {@code attention}; empty: all
   * @param name a kernel's name; empty: all
   * @return those kernels
   */
  public List<TextSource> select(String op, String name) {
    return kernels.stream()
        .filter(source ->
            op.isEmpty()
                || source.header().op().equals(op)
                || source.header().op().startsWith(op + "."))
        .filter(source -> name.isEmpty() || source.header().name().equals(name))
        .toList();
  }
}
