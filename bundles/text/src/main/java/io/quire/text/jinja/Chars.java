package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** Strings as Python sees them: sequences of code points, with Python's white space. */
final class Chars {
  private Chars() {}

  static int length(String text, Budget budget) {
    budget.scan(text.length());
    return text.codePointCount(0, text.length());
  }

  /** Whether indexes of code points and of chars are the same. */
  static boolean flat(String text, Budget budget) {
    return length(text, budget) == text.length();
  }

  static Iterator<Object> iterator(String text) {
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < text.length();
      }

      @Override
      public Object next() {
        if (at >= text.length()) {
          throw new NoSuchElementException();
        }
        int codePoint = text.codePointAt(at);
        at += Character.charCount(codePoint);
        return Character.toString(codePoint);
      }
    };
  }

  /** Order by code points, which differs from that of chars beyond the basic plane. */
  static int compare(String a, String b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean bothOrNone = Character.isSurrogate(x) == Character.isSurrogate(y);
        return bothOrNone ? x - y : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return a.length() - b.length();
  }

  static boolean isSpace(int c) {
    return c <= ' '
        ? c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f)
        : c == 0x85 || Character.isSpaceChar(c);
  }

  private static boolean isLineBreak(char c) {
    return (c >= '\n' && c <= '\r')
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  static String stripLeft(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return text.substring(start);
  }

  static String stripRight(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** Strips any of the given characters from the left. */
  static String stripLeft(String text, String chars) {
    int start = 0;
    while (start < text.length() && chars.indexOf(text.codePointAt(start)) >= 0) {
      start += Character.charCount(text.codePointAt(start));
    }
    return text.substring(start);
  }

  /** Strips any of the given characters from the right. */
  static String stripRight(String text, String chars) {
    int end = text.length();
    while (end > 0 && chars.indexOf(text.codePointBefore(end)) >= 0) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(0, end);
  }

  static List<Object> lines(String text, boolean keepEnds, Budget budget) {
    budget.text(text.length());
    List<Object> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      if (isLineBreak(text.charAt(i))) {
        int end = i;
        if (text.charAt(i) == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
          i++;
        }
        lines.add(text.substring(start, keepEnds ? i + 1 : end));
        start = i + 1;
      }
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    budget.items(lines.size());
    return lines;
  }

  static String repeat(String text, long count, Budget budget) {
    if (count <= 0 || text.isEmpty()) {
      return "";
    }
    budget.text(count > Limits.STRING ? Long.MAX_VALUE >> 8 : text.length() * count);
    return text.repeat((int) count);
  }

  static String concat(String a, String b, Budget budget) {
    budget.text((long) a.length() + b.length());
    return a.concat(b);
  }

  /** Python's {@code str.replace}; a negative count means all. */
  static String replace(String text, String old, String replacement, long count, Budget budget) {
    budget.search(text.length(), old.length());
    StringBuilder out = new StringBuilder();
    int from = 0;
    long left = count < 0 ? Long.MAX_VALUE : count;
    while (left > 0) {
      int at = old.isEmpty() ? from : text.indexOf(old, from);
      if (at < 0 || at > text.length()) {
        break;
      }
      budget.text((long) (at - from) + replacement.length());
      checkLength(out.length() + (long) (at - from) + replacement.length());
      out.append(text, from, at).append(replacement);
      from = at + old.length();
      if (old.isEmpty()) {
        if (at == text.length()) {
          return out.toString();
        }
        int next = text.offsetByCodePoints(at, 1);
        out.append(text, at, next);
        from = next;
      }
      left--;
      budget.work(old.isEmpty() ? 1 : 0);
    }
    checkLength(out.length() + (long) (text.length() - from));
    budget.text(text.length() - from);
    return out.append(text, from, text.length()).toString();
  }

  /** Refuses a string that grows beyond the limit. */
  static void checkLength(long length) {
    if (length > Limits.STRING) {
      throw new Fault("a string grows beyond the limit of " + Limits.STRING + " characters");
    }
  }
}
