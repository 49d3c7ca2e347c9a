package io.quire.backend.nvidia.driver;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What a kernel's text declares, by the dialect's words for it: CUDA cannot list a module. */
final class TextNames {
  private static final Pattern KERNEL =
      Pattern.compile("\\bKERNEL\\s*\\(\\s*([A-Za-z_]\\w*)\\s*\\)");
  private static final Pattern EXPORT =
      Pattern.compile("\\bEXPORT_INT\\s*\\(\\s*([A-Za-z_]\\w*)\\s*,");

  private TextNames() {}

  /** {@return the kernels of a text, in its order} */
  static List<String> kernels(String source) {
    return names(KERNEL, source);
  }

  /** {@return the numbers that a text may export; which it does is up to its conditions} */
  static List<String> exports(String source) {
    return names(EXPORT, source);
  }

  private static List<String> names(Pattern pattern, String source) {
    return pattern
        .matcher(source)
        .results()
        .map((MatchResult found) -> found.group(1))
        .distinct()
        .toList();
  }
}
