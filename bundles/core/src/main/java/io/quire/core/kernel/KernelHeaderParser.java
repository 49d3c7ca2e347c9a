package io.quire.core.kernel;

import static io.quire.core.kernel.KernelHeaderException.quoted;

import io.quire.api.kernel.KernelFiles;
import io.quire.api.kernel.KernelHeader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/**
 * Reads the header of a kernel text: the block comment that it begins with. The syntax is described
 * in {@code docs/formats/kernel-header.md}. One use, one thread.
 */
public final class KernelHeaderParser {
  /** Most bytes of a kernel text. */
  public static final int MAX_TEXT = KernelFiles.MAX_BYTES;

  /** Most characters of the comment. */
  static final int MAX_HEADER = 64 << 10;

  /** Most lines of the comment. */
  static final int MAX_LINES = 1000;

  /** Most characters of a filter. Its parser recurses, so this also bounds the depth. */
  static final int MAX_FILTER = 1024;

  /** Most dtypes. */
  static final int MAX_DTYPES = 32;

  /** Most tunables. */
  static final int MAX_TUNABLES = 32;

  /** Most candidates of a tunable. */
  static final int MAX_CANDIDATES = 64;

  private static final Rule OP =
      new Rule("[a-z][a-z0-9_-]*(\\.[a-z][a-z0-9_-]*)*+", 64, "such as attention.decode");
  private static final Rule NAME =
      new Rule("[A-Za-z0-9][A-Za-z0-9._-]*", 64, "letters, digits, '.', '_' and '-'");
  private static final Rule DIALECT = new Rule("[0-9]+\\.[0-9]+", 9, "a version such as 1.0");
  private static final Rule DTYPE = new Rule("[a-z][a-z0-9_]*", 16, "lower case, such as bf16");
  private static final Rule TUNABLE = new Rule("[A-Z][A-Z0-9_]*", 64, "such as BLOCK_M");

  private static final String KEYS =
      "@op, @name, @dialect, @dtype, @device, @ranking, @tunable, @define, @require, @scratch,"
          + " @launch, @tensor; other lines must not begin with @";
  private static final Pattern LINE_END = Pattern.compile("\r\n|\n|\r");
  private static final Pattern BLANKS = Pattern.compile("[ \t]+");

  private final Map<String, Line> values = new LinkedHashMap<>();
  private final Map<String, List<Integer>> tunables = new LinkedHashMap<>();
  private final LaunchKeys launching = new LaunchKeys();
  private final StringBuilder free = new StringBuilder();

  private KernelHeaderParser() {}

  /** A value and where it stands. */
  private record Line(int number, String value) {}

  /** How a word must look. */
  private record Rule(Pattern pattern, int length, String example) {
    Rule(String regex, int length, String example) {
      this(Pattern.compile(regex), length, example);
    }

    String check(String key, int line, String value) throws KernelHeaderException {
      if (value.length() > length || !pattern.matcher(value).matches()) {
        throw new KernelHeaderException(
            line, key + " is " + quoted(value), example + ", 1 to " + length + " characters");
      }
      return value;
    }
  }

  /**
   * Reads a header.
   *
   * @param text a whole kernel text
   * @return its header
   * @throws KernelHeaderException if there is none or it is wrong; names the line
   */
  public static KernelHeader parse(String text) throws KernelHeaderException {
    if (text.length() > MAX_TEXT) {
      throw new KernelHeaderException(
          1, "a text of " + text.length() + " characters", "at most " + MAX_TEXT);
    }
    int open = 0;
    while (open < text.length() && Character.isWhitespace(text.charAt(open))) {
      open++;
    }
    int first = lines(text.substring(0, open)).length;
    if (!text.startsWith("/*", open)) {
      String found = text.substring(open, Math.min(text.length(), open + 16));
      throw new KernelHeaderException(
          first, "the text begins with " + quoted(found), "a block comment, the header");
    }
    int close = text.indexOf("*/", open + 2);
    int length = (close < 0 ? text.length() : close) - open;
    if (length > MAX_HEADER) {
      throw new KernelHeaderException(
          first, "a comment of " + length + " characters", "at most " + MAX_HEADER);
    }
    if (close < 0) {
      throw new KernelHeaderException(first, "a comment without end", "a comment closed by */");
    }
    return new KernelHeaderParser().header(first, lines(text.substring(open + 2, close)));
  }

  private static String[] lines(String text) {
    return LINE_END.split(text, -1);
  }

  private KernelHeader header(int first, String[] lines) throws KernelHeaderException {
    if (lines.length > MAX_LINES) {
      throw new KernelHeaderException(
          first, "a header of " + lines.length + " lines", "at most " + MAX_LINES);
    }
    int i = 0;
    while (i < lines.length) {
      int count = continued(lines, i);
      read(first + i, joined(lines, i, count));
      i += count;
    }
    launching.check(tunables.keySet());
    return new KernelHeader(
        word("@op", OP, first),
        word("@name", NAME, first),
        word("@dialect", DIALECT, first),
        dtypes(required("@dtype", first)),
        filter(),
        ranking(),
        tunables,
        launching.defines(),
        launching.requires(),
        launching.scratch(),
        launching.launches(),
        launching.tensors(),
        free.toString().strip());
  }

  /** How many lines belong to a key's: each but the last ends with a backslash. */
  private static int continued(String[] lines, int from) {
    int count = 1;
    if (undecorated(lines[from]).strip().startsWith("@")) {
      while (from + count < lines.length
          && lines[from + count - 1].stripTrailing().endsWith("\\")) {
        count++;
      }
    }
    return count;
  }

  private static String joined(String[] lines, int from, int count) {
    StringBuilder all = new StringBuilder(undecorated(lines[from]));
    for (int i = 1; i < count; i++) {
      all.setLength(all.lastIndexOf("\\"));
      all.append(' ').append(undecorated(lines[from + i]).strip());
    }
    return all.toString();
  }

  /** The line without the asterisk that block comments have at the left. */
  private static String undecorated(String line) {
    String stripped = line.strip();
    if (!stripped.startsWith("*")) {
      return line.stripTrailing();
    }
    return stripped.startsWith("* ") ? stripped.substring(2) : stripped.substring(1);
  }

  private void read(int number, String line) throws KernelHeaderException {
    for (int i = 0; i < line.length(); i++) {
      if (Character.isISOControl(line.charAt(i)) && line.charAt(i) != '\t') {
        throw new KernelHeaderException(
            number, "control character number " + (int) line.charAt(i), "plain text, tabs");
      }
    }
    String entry = line.strip();
    if (!entry.startsWith("@")) {
      free.append(line).append('\n');
      return;
    }
    String[] parts = BLANKS.split(entry, 2);
    if (parts.length < 2) {
      throw new KernelHeaderException(number, quoted(entry) + " without a value", "@key value");
    }
    switch (parts[0]) {
      case "@op", "@name", "@dialect", "@dtype", "@device", "@ranking" ->
          put(parts[0], new Line(number, parts[1]));
      case "@tunable" -> tunable(number, parts[1]);
      case "@define" -> launching.define(number, parts[1]);
      case "@require" -> launching.require(number, parts[1]);
      case "@scratch" -> launching.scratch(number, parts[1]);
      case "@launch" -> launching.launch(number, parts[1]);
      case "@tensor" -> launching.tensor(number, parts[1]);
      default -> throw new KernelHeaderException(number, "the key " + quoted(parts[0]), KEYS);
    }
  }

  private void put(String key, Line line) throws KernelHeaderException {
    Line earlier = values.putIfAbsent(key, line);
    if (earlier != null) {
      throw new KernelHeaderException(
          line.number(), key + " again, after line " + earlier.number(), key + " once");
    }
  }

  private Line required(String key, int first) throws KernelHeaderException {
    Line line = values.get(key);
    if (line == null) {
      throw new KernelHeaderException(
          first, "a header without " + key, "@op, @name, @dialect and @dtype are all required");
    }
    return line;
  }

  private String word(String key, Rule rule, int first) throws KernelHeaderException {
    Line line = required(key, first);
    return rule.check(key, line.number(), line.value());
  }

  private int ranking() throws KernelHeaderException {
    Line line = values.get("@ranking");
    return line == null ? 0 : number("@ranking", line.number(), line.value());
  }

  private static List<String> dtypes(Line line) throws KernelHeaderException {
    List<String> dtypes = new ArrayList<>();
    for (String word : line.value().split(",", -1)) {
      String dtype = DTYPE.check("@dtype", line.number(), word.strip());
      if (dtypes.contains(dtype) || dtypes.size() == MAX_DTYPES) {
        throw new KernelHeaderException(
            line.number(),
            "@dtype has " + quoted(dtype) + " after " + dtypes.size() + " others",
            "at most " + MAX_DTYPES + " types, each once");
      }
      dtypes.add(dtype);
    }
    return dtypes;
  }

  private String filter() throws KernelHeaderException {
    Line line = values.get("@device");
    if (line == null) {
      return "";
    }
    String filter = line.value();
    String allowed = "an LDAP filter such as (vendor=cpu), at most " + MAX_FILTER + " characters";
    if (filter.length() > MAX_FILTER) {
      throw new KernelHeaderException(line.number(), "@device is " + quoted(filter), allowed);
    }
    try {
      FrameworkUtil.createFilter(filter);
    } catch (InvalidSyntaxException e) {
      throw new KernelHeaderException(
          line.number(), "@device is " + quoted(filter) + ": " + quoted(e.getMessage()), allowed);
    }
    return filter;
  }

  private void tunable(int line, String value) throws KernelHeaderException {
    String[] words = BLANKS.split(value);
    String name = TUNABLE.check("@tunable", line, words[0]);
    int candidates = words.length - 1;
    if (candidates < 1 || candidates > MAX_CANDIDATES) {
      throw new KernelHeaderException(
          line,
          "@tunable " + name + " with " + candidates + " candidates",
          "1 to " + MAX_CANDIDATES + " whole numbers, the default first");
    }
    List<Integer> numbers = new ArrayList<>();
    for (String word : List.of(words).subList(1, words.length)) {
      int number = number("@tunable " + name, line, word);
      if (numbers.contains(number)) {
        throw new KernelHeaderException(
            line, "@tunable " + name + " has " + number + " twice", "each candidate once");
      }
      numbers.add(number);
    }
    if (tunables.size() == MAX_TUNABLES || tunables.putIfAbsent(name, numbers) != null) {
      throw new KernelHeaderException(
          line,
          "@tunable " + name + " after " + tunables.size() + " tunables",
          "at most " + MAX_TUNABLES + " tunables, each name once");
    }
  }

  private static int number(String key, int line, String value) throws KernelHeaderException {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new KernelHeaderException(
          line,
          key + " has " + quoted(value),
          "a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE);
    }
  }
}
