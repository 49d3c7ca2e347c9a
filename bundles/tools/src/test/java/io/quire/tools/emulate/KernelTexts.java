package io.quire.tools.emulate;

import io.quire.tools.source.DialectTexts;
import io.quire.tools.source.TextSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The kernel files and preludes of this repository. */
final class KernelTexts {
  private static final Path ROOT = Path.of("..", "..");
  private static final Path KERNELS = ROOT.resolve("kernel-bundles");

  private KernelTexts() {}

  /** {@return all kernels, in the order of their paths; their origins are relative} */
  static List<TextSource> kernels() throws IOException {
    List<TextSource> kernels = new ArrayList<>();
    for (Path bundle : children(KERNELS)) {
      for (Path file : children(bundle.resolve("kernels"))) {
        TextSource source = TextSource.read(file);
        kernels.add(
            new TextSource(source.header(), source.text(), KERNELS.relativize(file).toString()));
      }
    }
    return kernels;
  }

  /** {@return AMD's preludes and what they are made of} */
  static DialectTexts dialect() throws IOException {
    Map<String, String> preludes = texts(KERNELS.resolve("dialect/prelude"));
    preludes.putAll(texts(ROOT.resolve("backend-amd/prelude")));
    return new DialectTexts(preludes, texts(KERNELS.resolve("dialect/common")));
  }

  private static Map<String, String> texts(Path folder) throws IOException {
    Map<String, String> texts = new TreeMap<>();
    for (Path file : children(folder)) {
      texts.put(file.getFileName().toString(), Files.readString(file));
    }
    return texts;
  }

  private static List<Path> children(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }
}
