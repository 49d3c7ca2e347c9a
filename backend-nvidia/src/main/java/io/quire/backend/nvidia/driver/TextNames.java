package io.quire.backend.nvidia.driver;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What a kernel's text declares, by the dialect's words for it: CUDA cannot list a module. */
final class TextNames {
  private static final Pattern KERNEL =
      Pattern.compile("\\bKERNEL\\s*\\(\\s*([A-Za-z_]\\w*)\\s*\\)");
  private static final Pattern EXPORT =
      Pattern.compile("\\bEXPORT_INT\\s*\\(\\s*([A-Za-z_]\\w*)\\s*,");

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");
  private static final Pattern WAIT = Pattern.compile("\\bLAUNCH_WAIT\\s*\\(");

  private TextNames() {}

  /** {@return the kernels of a text, in its order} */
  static List<String> kernels(String source) {
    return names(KERNEL, source);
  }

  /** {@return the numbers that a text may export; which it does is up to its conditions} */
  static List<String> exports(String source) {
    return names(EXPORT, source);
  }

  /**
   * The kernels that wait themselves for those before them. The dialect asks for the word in the
   * kernel's body, so that what is not found there does not count.
   *
   * @param source a text
   * @return their names
   */
  static Set<String> waits(String source) {
    String code = COMMENT.matcher(source).replaceAll(" ");
    List<MatchResult> kernels = KERNEL.matcher(code).results().toList();
    Set<String> waits = new HashSet<>();
    for (int i = 0; i < kernels.size(); i++) {
      int end = i + 1 < kernels.size() ? kernels.get(i + 1).start() : code.length();
      if (WAIT.matcher(code).region(kernels.get(i).end(), end).find()) {
        waits.add(kernels.get(i).group(1));
      }
    }
    return Set.copyOf(waits);
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
