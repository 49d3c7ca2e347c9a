package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The methods of strings. */
final class StringMethods {
  /** A method of a string. */
  @FunctionalInterface
  interface Method {
    /** Computes the result. */
    Object apply(String text, Args args, Runtime runtime);
  }

  private static final Map<String, Method> ALL = all();

  private StringMethods() {}

  static Optional<Object> find(String text, String name) {
    Method method = ALL.get(name);
    if (method == null) {
      return Optional.empty();
    }
    return Optional.of(
        new Function(
            name,
            (args, runtime) -> {
              runtime.budget().scan(text.length());
              return method.apply(text, args, runtime);
            }));
  }

  /** The methods of marked text give marked text. */
  static Optional<Object> find(Markup markup, String name) {
    return find(markup.text(), name)
        .map(method ->
            new Function(name, (args, runtime) -> mark(((Function) method).call(args, runtime))));
  }

  private static Object mark(Object result) {
    return switch (result) {
      case String text -> new Markup(text);
      case Tuple tuple -> new Tuple(tuple.stream().map(StringMethods::mark).toList());
      case List<?> list -> new ArrayList<>(list.stream().map(StringMethods::mark).toList());
      default -> result;
    };
  }

  private static Map<String, Method> all() {
    Map<String, Method> methods = new HashMap<>();
    plain(methods, "upper", text -> text.toUpperCase(Locale.ROOT));
    plain(methods, "lower", text -> text.toLowerCase(Locale.ROOT));
    plain(methods, "casefold", text -> text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT));
    plain(methods, "title", StringMethods::title);
    plain(methods, "capitalize", StringMethods::capitalize);
    plain(methods, "swapcase", StringMethods::swapCase);
    plain(methods, "isdigit", text -> CharTests.all(text, CharTests::isDigit));
    plain(methods, "isdecimal", text -> CharTests.all(text, CharTests::isDecimal));
    plain(methods, "isnumeric", text -> CharTests.all(text, CharTests::isNumeric));
    plain(methods, "isalpha", text -> CharTests.all(text, Character::isLetter));
    plain(methods, "isalnum", text -> CharTests.all(text, CharTests::isAlphaNumeric));
    plain(methods, "isspace", text -> CharTests.all(text, Chars::isSpace));
    plain(methods, "isascii", text -> text.chars().allMatch(c -> c < 0x80));
    plain(methods, "isprintable", text -> text.codePoints().allMatch(PythonText::isPrintable));
    plain(methods, "isidentifier", CharTests::isIdentifier);
    plain(methods, "islower", CharTests::isLower);
    plain(methods, "isupper", CharTests::isUpper);
    plain(methods, "istitle", CharTests::isTitle);
    methods.put("strip", (text, args, _) -> strip(text, args, true, true));
    methods.put("lstrip", (text, args, _) -> strip(text, args, true, false));
    methods.put("rstrip", (text, args, _) -> strip(text, args, false, true));
    methods.put("replace", StringMethods::replace);
    methods.put("join", StringMethods::join);
    methods.put("format", BraceFormat::format);
    methods.put("startswith", (text, args, runtime) -> affix(text, args, true, runtime));
    methods.put("endswith", (text, args, runtime) -> affix(text, args, false, runtime));
    methods.put(
        "removeprefix",
        (text, args, _) -> {
          String prefix = Values.text(args.bind("removeprefix", 1, "prefix").get(0), "the prefix");
          return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
        });
    methods.put(
        "removesuffix",
        (text, args, _) -> {
          String suffix = Values.text(args.bind("removesuffix", 1, "suffix").get(0), "the suffix");
          return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
        });
    Searching.addTo(methods);
    Padding.addTo(methods);
    return Map.copyOf(methods);
  }

  /** A method without arguments. */
  @FunctionalInterface
  private interface Plain {
    Object apply(String text);
  }

  private static void plain(Map<String, Method> methods, String name, Plain plain) {
    methods.put(
        name,
        (text, args, runtime) -> {
          args.bind(name, 0);
          runtime.budget().text(text.length());
          return plain.apply(text);
        });
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int end = text.offsetByCodePoints(0, 1);
    return titleCase(text.codePointAt(0)) + text.substring(end).toLowerCase(Locale.ROOT);
  }

  /** The title case of a character, which may be several: that of a sharp s is Ss. */
  private static String titleCase(int c) {
    String upper = Character.toString(c).toUpperCase(Locale.ROOT);
    int first = upper.offsetByCodePoints(0, 1);
    return first == upper.length()
        ? Character.toString(Character.toTitleCase(c))
        : upper.substring(0, first) + upper.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean afterCased = false;
    for (int c : text.codePoints().toArray()) {
      out.append(afterCased ? Character.toString(Character.toLowerCase(c)) : titleCase(c));
      afterCased = Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }
    return out.toString();
  }

  private static String swapCase(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          String one = Character.toString(c);
          boolean upper = Character.isUpperCase(c);
          out.append(upper ? one.toLowerCase(Locale.ROOT) : one.toUpperCase(Locale.ROOT));
        });
    return out.toString();
  }

  private static String strip(String text, Args args, boolean left, boolean right) {
    Args.Bound bound = args.bind("strip", 0, "chars");
    if (!bound.some(0)) {
      String part = left ? Chars.stripLeft(text) : text;
      return right ? Chars.stripRight(part) : part;
    }
    String chars = Values.text(bound.get(0), "strip arg");
    if (chars.length() > 1000) {
      throw Fault.value("strip() of " + chars.length() + " different characters; 1000 are allowed");
    }
    String part = left ? Chars.stripLeft(text, chars) : text;
    return right ? Chars.stripRight(part, chars) : part;
  }

  private static Object replace(String text, Args args, Runtime runtime) {
    Args.Bound bound = args.bind("replace", 2, "old", "new", "count");
    String old = Values.text(bound.get(0), "replace() argument 1");
    String replacement = Values.text(bound.get(1), "replace() argument 2");
    return Chars.replace(text, old, replacement, bound.integer(2, -1), runtime.budget());
  }

  private static Object join(String text, Args args, Runtime runtime) {
    List<Object> items = Values.toList(args.bind("join", 1, "iterable").get(0), runtime.budget());
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < items.size(); i++) {
      if (!Values.isText(items.get(i))) {
        throw Fault.type(
            "sequence item " + i + ": expected str, " + Values.typeName(items.get(i)) + " found");
      }
      String item = Values.text(items.get(i), "");
      Chars.checkLength((long) out.length() + item.length() + text.length());
      runtime.budget().text((long) item.length() + text.length());
      out.append(i == 0 ? "" : text).append(item);
    }
    return out.toString();
  }

  private static Object affix(String text, Args args, boolean start, Runtime runtime) {
    String name = start ? "startswith" : "endswith";
    Args.Bound bound = args.bind(name, 1, name, "start", "end");
    String part = text;
    if (bound.has(1)) {
      Object end = bound.get(2, Values.NONE);
      part = new Slice(bound.get(1), end, Values.NONE).take(text, runtime.budget());
    }
    List<?> affixes = bound.get(0) instanceof Tuple tuple ? tuple : List.of(bound.get(0));
    for (Object affix : affixes) {
      String wanted = Values.text(affix, name + " first arg");
      runtime.budget().scan(wanted.length() + 64L);
      if (start ? part.startsWith(wanted) : part.endsWith(wanted)) {
        return true;
      }
    }
    return false;
  }
}
