package io.quire.core.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads the manifest header {@value #HEADER}. */
final class KernelLocations {
  /** The manifest header of a bundle with kernels. */
  static final String HEADER = "Quire-Kernels";

  /** Most locations of one bundle. */
  static final int MAX_LOCATIONS = 256;

  private KernelLocations() {}

  /**
   * Files of one folder.
   *
   * @param folder path in the bundle without slashes at its ends, empty for the root
   * @param pattern file name, with asterisks for anything; ends with {@code .qk}
   */
  record Location(String folder, String pattern) {}

  /**
   * Reads the header: clauses apart by commas, in a clause paths and then parameters apart by
   * semicolons; quotes protect both. Parameters are left alone, as no one has a meaning yet.
   *
   * @param header the header's value
   * @return the locations in order
   * @throws IllegalArgumentException if a path is wrong, or there are none or too many
   */
  static List<Location> parse(String header) {
    List<Location> locations = new ArrayList<>();
    for (String clause : split(header, ',')) {
      int before = locations.size();
      for (String part : split(clause, ';')) {
        if (!isParameter(part)) {
          locations.add(location(unquoted(part.strip())));
        }
      }
      if (locations.size() == before || locations.size() > MAX_LOCATIONS) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s has %d paths after the clause %s; each clause needs one, at most %d are allowed",
                HEADER,
                locations.size(),
                KernelHeaderException.quoted(clause.strip()),
                MAX_LOCATIONS));
      }
    }
    return locations;
  }

  private static Location location(String path) {
    String relative = path.startsWith("/") ? path.substring(1) : path;
    boolean file = relative.endsWith(".qk");
    int slash = file ? relative.lastIndexOf('/') : relative.length();
    String folder = relative.substring(0, Math.max(slash, 0));
    if (folder.endsWith("/")) {
      folder = folder.substring(0, folder.length() - 1);
    }
    boolean up = List.of(folder.split("/", -1)).contains("..");
    if (relative.isEmpty() || up || folder.contains("*")) {
      throw new IllegalArgumentException(
          HEADER
              + " names "
              + KernelHeaderException.quoted(path)
              + "; allowed: a file such as kernels/gemm.qk, a pattern such as kernels/*.qk, or a"
              + " folder such as kernels, without '..' and with '*' in the file name alone");
    }
    return new Location(folder, file ? relative.substring(slash + 1) : "*.qk");
  }

  /** A parameter has an equals sign outside quotes. */
  private static boolean isParameter(String part) {
    return split(part, '=').size() > 1;
  }

  private static String unquoted(String text) {
    boolean quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1) : text;
  }

  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }
}
