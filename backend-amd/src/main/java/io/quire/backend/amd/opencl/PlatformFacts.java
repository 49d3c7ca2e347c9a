package io.quire.backend.amd.opencl;

import java.util.Locale;
import org.jocl.CL;
import org.jocl.cl_platform_id;

/**
 * What a platform says of itself.
 *
 * @param name such as {@code Portable Computing Language}
 * @param version with the runtime's own
 */
record PlatformFacts(String name, String version) {
  private static final int MAX_SLUG = 24;

  static PlatformFacts of(cl_platform_id platform) {
    Query.Source source = Query.of(platform);
    return new PlatformFacts(
        Query.text(source, CL.CL_PLATFORM_NAME), Query.text(source, CL.CL_PLATFORM_VERSION));
  }

  /** {@return a short name, part of the ids of its devices} */
  String slug() {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.contains("portable computing")) {
      return "pocl";
    }
    if (lower.startsWith("amd")) {
      return "amd";
    }
    String first = lower.replaceAll("\\(r\\)|\\(tm\\)", " ").strip().split("[^a-z0-9]+")[0];
    return first.isEmpty() ? "other" : first.substring(0, Math.min(MAX_SLUG, first.length()));
  }
}
