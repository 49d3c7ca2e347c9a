package io.quire.backend.nvidia.driver;

import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What a kernel's text declares, by the dialect's words for it: CUDA cannot list a module. */
final class TextNames {
  private static final Pattern KERNEL =
      Pattern.compile("\\bKERNEL\\s*\\(\\s*([A-Za-z_]\\w*)\\s*\\)");
  private static final Pattern EXPORT =
      Pattern.compile("\\bEXPORT_INT\\s*\\(\\s*([A-Za-z_]\\w*)\\s*,");

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");

  /** A line of the preprocessor, continued ones included; a word; any other character. */
  private static final Pattern TOKEN = Pattern.compile("#(?:\\\\\\R|[^\\n])*|\\w+|\\S");

  private static final Pattern CONDITION = Pattern.compile("#\\s*(if|endif)");

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
   * The kernels that wait themselves for those before them. Only a statement of the kernel's own
   * body counts, as the dialect asks for: a kernel that waits only sometimes must not begin early.
   *
   * @param source a text
   * @return their names
   */
  static Set<String> waits(String source) {
    String code = COMMENT.matcher(source).replaceAll(" ");
    return KERNEL
        .matcher(code)
        .results()
        .filter(kernel -> waits(code, kernel.end()))
        .map(kernel -> kernel.group(1))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether a kernel whose arguments and body begin there waits whatever happens. */
  private static boolean waits(String code, int from) {
    Matcher tokens = TOKEN.matcher(code).region(from, code.length());
    int blocks = 0;
    int conditions = 0;
    String before = "";
    while (tokens.find()) {
      String token = tokens.group();
      if (token.startsWith("#")) {
        Matcher condition = CONDITION.matcher(token);
        if (condition.lookingAt()) {
          conditions += "if".equals(condition.group(1)) ? 1 : -1;
        }
        continue;
      }
      boolean begins = "{".equals(before) || "}".equals(before) || ";".equals(before);
      if ("LAUNCH_WAIT".equals(token) && begins && blocks == 1 && conditions == 0) {
        return true;
      }
      blocks += "{".equals(token) ? 1 : "}".equals(token) ? -1 : 0;
      if (blocks == 0 && ("}".equals(token) || ";".equals(token))) {
        return false;
      }
      before = token;
    }
    return false;
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
