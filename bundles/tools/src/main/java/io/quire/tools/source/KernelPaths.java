package io.quire.tools.source;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Says which entries of a bundle its header {@value #HEADER} names. */
final class KernelPaths {
  /** The manifest header of a bundle with kernels. */
  static final String HEADER = "Quire-Kernels";

  private final List<Pattern> patterns;

  private KernelPaths(List<Pattern> patterns) {
    this.patterns = patterns;
  }

  /** Reads the header's paths: files, patterns such as {@code kernels/*.qk}, and folders. */
  static KernelPaths parse(String header) {
    List<Pattern> patterns = new ArrayList<>();
    for (String part : header.split("[,;]")) {
      String path = part.strip().replaceAll("^\"|\"$", "").replaceAll("^/|/$", "");
      if (!path.isEmpty() && !path.contains("=")) {
        patterns.add(pattern(path.endsWith(".qk") ? path : path + "/*.qk"));
      }
    }
    return new KernelPaths(patterns);
  }

  private static Pattern pattern(String path) {
    StringBuilder regex = new StringBuilder();
    for (String piece : path.split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : "[^/]*").append(Pattern.quote(piece));
    }
    return Pattern.compile(regex.toString());
  }

  boolean contains(String entry) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(entry).matches());
  }
}
