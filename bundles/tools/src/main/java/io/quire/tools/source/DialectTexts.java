package io.quire.tools.source;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands before a kernel text: a vendor's prelude and the common parts of the dialect.
 *
 * @param preludes by file name, such as {@code opencl.h}
 * @param common by file name
 */
public record DialectTexts(Map<String, String> preludes, Map<String, String> common) {
  private static final Pattern INCLUDE =
      Pattern.compile("(?m)^[ \\t]*#[ \\t]*include[ \\t]+\"([^\"\\n]+)\"[^\\n]*$");
  private static final String DEFINE = "#define ";

  /** Copies the maps, sorted by name. */
  public DialectTexts {
    preludes = java.util.Collections.unmodifiableMap(new TreeMap<>(preludes));
    common = java.util.Collections.unmodifiableMap(new TreeMap<>(common));
  }

  /**
   * Puts together what a compiler gets, as a driver does: the macros, the prelude with the files
   * that it includes, the common parts in the order of their names, and the text, whose lines keep
   * their numbers.
   *
   * @param prelude the prelude's name, without {@code .h}
   * @param macros names and values
   * @param name the text's name, for the compiler's messages
   * @param text the kernel text
   * @return the whole
   * @throws IllegalArgumentException if there is no such prelude or included file
   */
  public String assemble(String prelude, Map<String, String> macros, String name, String text) {
    StringBuilder whole = new StringBuilder();
    new TreeMap<>(macros)
        .forEach((macro, value) ->
            whole.append(DEFINE).append(macro).append(' ').append(value).append('\n'));
    String file = prelude + ".h";
    whole.append(expanded(file, new HashSet<>())).append('\n');
    common.forEach((part, content) ->
        whole.append("#line 1 \"").append(part).append("\"\n").append(content).append('\n'));
    return whole.append("#line 1 \"").append(name).append("\"\n").append(text).toString();
  }

  private String expanded(String file, Set<String> open) {
    String content = preludes.get(file);
    if (content == null) {
      throw new IllegalArgumentException(
          "there is no prelude " + file + " in the distribution; there are " + preludes.keySet());
    }
    if (!open.add(file)) {
      throw new IllegalArgumentException("prelude " + file + " includes itself");
    }
    Matcher include = INCLUDE.matcher(content);
    StringBuilder out = new StringBuilder("#line 1 \"").append(file).append("\"\n");
    int from = 0;
    int line = 1;
    while (include.find()) {
      line += (int) content.substring(from, include.start()).lines().count();
      out.append(content, from, include.start())
          .append(expanded(include.group(1), open).stripTrailing())
          .append("\n#line ")
          .append(line + 1)
          .append(" \"")
          .append(file)
          .append('"');
      from = include.end();
    }
    open.remove(file);
    return out.append(content, from, content.length()).toString();
  }
}
