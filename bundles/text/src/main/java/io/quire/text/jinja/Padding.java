package io.quire.text.jinja;

import java.util.Map;

/** The methods of strings that fill up to a width. */
final class Padding {
  private Padding() {}

  static void addTo(Map<String, StringMethods.Method> methods) {
    methods.put("center", (text, args, runtime) -> pad(text, args, '^', runtime));
    methods.put("ljust", (text, args, runtime) -> pad(text, args, '<', runtime));
    methods.put("rjust", (text, args, runtime) -> pad(text, args, '>', runtime));
    methods.put("zfill", Padding::zeros);
    methods.put("expandtabs", Padding::expandTabs);
  }

  private static String pad(String text, Args args, char align, Runtime runtime) {
    Args.Bound bound = args.bind("center", 1, "width", "fillchar");
    String fill = Values.text(bound.get(1, " "), "the fill character");
    if (fill.codePointCount(0, fill.length()) != 1) {
      throw Fault.type("the fill character must be exactly one character long");
    }
    long missing = bound.integer(0, 0) - Chars.length(text, runtime.budget());
    return missing <= 0 ? text : fill(text, missing, fill, align, bound.integer(0, 0), runtime);
  }

  private static String fill(
      String text, long missing, String fill, char align, long width, Runtime runtime) {
    // CPython puts the odd character to the left when the width is odd.
    long left = align == '>' ? missing : align == '<' ? 0 : missing / 2 + (missing & width & 1);
    String before = Chars.repeat(fill, left, runtime.budget());
    String after = Chars.repeat(fill, missing - left, runtime.budget());
    return Chars.concat(before, Chars.concat(text, after, runtime.budget()), runtime.budget());
  }

  static String center(String text, long width, Runtime runtime) {
    return pad(text, Args.of(width), '^', runtime);
  }

  private static Object zeros(String text, Args args, Runtime runtime) {
    long width = args.bind("zfill", 1, "width").integer(0, 0);
    long missing = width - Chars.length(text, runtime.budget());
    if (missing <= 0) {
      return text;
    }
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String zeros = Chars.repeat("0", missing, runtime.budget());
    String sign = signed ? text.substring(0, 1) : "";
    return Chars.concat(sign + zeros, text.substring(sign.length()), runtime.budget());
  }

  private static Object expandTabs(String text, Args args, Runtime runtime) {
    long size = args.bind("expandtabs", 0, "tabsize").integer(0, 8);
    StringBuilder out = new StringBuilder();
    long column = 0;
    for (int c : text.codePoints().toArray()) {
      if (c == '\t') {
        long spaces = size <= 0 ? 0 : size - column % size;
        out.append(Chars.repeat(" ", spaces, runtime.budget()));
        column += spaces;
      } else {
        out.appendCodePoint(c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
      Chars.checkLength(out.length());
    }
    return out.toString();
  }
}
