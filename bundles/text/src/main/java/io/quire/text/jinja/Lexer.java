package io.quire.text.jinja;

import io.quire.api.text.ChatTemplateException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Splits a template into tokens as Jinja does with {@code trim_blocks} and {@code lstrip_blocks}: a
 * line break after a block or comment is dropped, and so is white space before one on its line;
 * {@code -} at a tag strips all white space on its side, {@code +} keeps it.
 */
final class Lexer {
  private static final List<String> OPERATORS =
      List.of(
          "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private final Deque<Character> brackets = new ArrayDeque<>();
  private int at;
  private int line = 1;
  private int lineStart;
  private int counted;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String source) {
    if (source.length() > Limits.SOURCE) {
      throw new ChatTemplateException(
          "chat template of "
              + source.length()
              + " characters exceeds the limit of "
              + Limits.SOURCE
              + "; it was not compiled");
    }
    String plain = source.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer = new Lexer(plain.endsWith("\n") ? plain.substring(0, plain.length() - 1) : plain);
    lexer.root();
    return lexer.tokens;
  }

  private Pos pos(int offset) {
    while (counted < offset) {
      if (source.charAt(counted++) == '\n') {
        line++;
        lineStart = counted;
      }
    }
    return new Pos(line, Math.max(0, offset - lineStart) + 1);
  }

  private void add(Token.Kind kind, String text, Object value, int offset) {
    Pos pos = pos(offset);
    if (tokens.size() >= Limits.TOKENS) {
      throw pos.error("more than " + Limits.TOKENS + " tokens; the template was not compiled");
    }
    tokens.add(new Token(kind, text, value, pos));
  }

  private void root() {
    while (at < source.length()) {
      int open = nextOpen();
      if (open < 0) {
        add(Token.Kind.DATA, source.substring(at), "", at);
        at = source.length();
        break;
      }
      char kind = source.charAt(open + 1);
      int afterSign = open + 2 + (sign(open + 2) == 0 ? 0 : 1);
      data(open, sign(open + 2), kind != '{');
      int rawStart = kind == '%' ? rawBegin(afterSign) : -1;
      at = afterSign;
      if (kind == '#') {
        comment(open);
      } else if (rawStart >= 0) {
        at = rawStart;
        raw(open);
      } else {
        boolean block = kind == '%';
        add(block ? Token.Kind.BLOCK_BEGIN : Token.Kind.VARIABLE_BEGIN, "", "", open);
        tag(block);
      }
    }
    add(Token.Kind.EOF, "", "", source.length());
  }

  private int nextOpen() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** The sign at a place: '-', '+' or 0. */
  private char sign(int offset) {
    char c = offset < source.length() ? source.charAt(offset) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  private void data(int end, char sign, boolean strippable) {
    String text = source.substring(at, end);
    if (sign == '-') {
      text = Chars.stripRight(text);
    } else if (sign == 0 && strippable) {
      int lineBegin = text.lastIndexOf('\n') + 1;
      boolean atLineStart = lineBegin > 0 || at == 0 || source.charAt(at - 1) == '\n';
      if (atLineStart && Chars.stripLeft(text.substring(lineBegin)).isEmpty()) {
        text = text.substring(0, lineBegin);
      }
    }
    if (!text.isEmpty()) {
      add(Token.Kind.DATA, text, "", at);
    }
  }

  private int skipSpace(int offset) {
    int i = offset;
    while (i < source.length() && Chars.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Where a raw block's text begins, if a raw tag stands here; otherwise -1. */
  private int rawBegin(int offset) {
    int i = skipSpace(offset);
    if (!source.startsWith("raw", i)) {
      return -1;
    }
    i = skipSpace(i + 3);
    if (source.startsWith("-%}", i)) {
      return skipSpace(i + 3);
    }
    return source.startsWith("%}", i) ? i + 2 : -1;
  }

  private void raw(int open) {
    for (int i = source.indexOf("{%", at); i >= 0; i = source.indexOf("{%", i + 1)) {
      char sign = sign(i + 2);
      int name = skipSpace(i + 2 + (sign == 0 ? 0 : 1));
      int end = source.startsWith("endraw", name) ? closing(skipSpace(name + 6), '%') : -1;
      if (end >= 0) {
        data(i, sign, true);
        at = end;
        return;
      }
    }
    throw pos(open).error("a raw block is not closed by endraw");
  }

  /** The end of a closing tag such as {@code -%}} that stands here, or -1. */
  private int closing(int offset, char kind) {
    char sign = sign(offset);
    int i = offset + (sign == 0 ? 0 : 1);
    if (i + 1 >= source.length() || source.charAt(i) != kind || source.charAt(i + 1) != '}') {
      return -1;
    }
    i += 2;
    if (sign == '-') {
      return skipSpace(i);
    }
    return sign == 0 && i < source.length() && source.charAt(i) == '\n' ? i + 1 : i;
  }

  private void comment(int open) {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw pos(open).error("a comment is not closed by #}");
    }
    boolean signed = end > at && sign(end - 1) != 0;
    at = closing(signed ? end - 1 : end, '#');
  }

  private int variableEnd() {
    int i = source.charAt(at) == '-' ? at + 1 : at;
    if (!source.startsWith("}}", i)) {
      return -1;
    }
    return i > at ? skipSpace(i + 2) : i + 2;
  }

  private void tag(boolean block) {
    brackets.clear();
    while (at < source.length()) {
      int end = brackets.isEmpty() ? (block ? closing(at, '%') : variableEnd()) : -1;
      if (end >= 0) {
        add(block ? Token.Kind.BLOCK_END : Token.Kind.VARIABLE_END, "", "", at);
        at = end;
        return;
      }
      char c = source.charAt(at);
      if (Chars.isSpace(c)) {
        at = skipSpace(at);
      } else if (c >= '0' && c <= '9') {
        number();
      } else if (c == '\'' || c == '"') {
        string(c);
      } else if (c == '_' || Character.isUnicodeIdentifierStart(source.codePointAt(at))) {
        name();
      } else {
        operator();
      }
    }
  }

  private void name() {
    int end = at;
    while (end < source.length() && isNamePart(source.codePointAt(end))) {
      end += Character.charCount(source.codePointAt(end));
    }
    add(Token.Kind.NAME, source.substring(at, end), "", at);
    at = end;
  }

  private static boolean isNamePart(int c) {
    return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
  }

  private void string(char quote) {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw pos(at).error("a string is not closed");
    }
    try {
      add(Token.Kind.STRING, Literals.string(source.substring(at + 1, end)), "", at);
    } catch (Fault fault) {
      throw pos(at).error(fault.getMessage());
    }
    at = end + 1;
  }

  private void number() {
    int whole = digits(at, 10);
    boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
    int end = whole;
    if (!afterDot && end + 1 < source.length() && source.charAt(end) == '.') {
      int fraction = isDigit(end + 1, 10) ? digits(end + 1, 10) : end;
      end = fraction;
    }
    int power = afterDot ? end : exponent(end);
    if (power > whole) {
      String text = source.substring(at, power);
      add(Token.Kind.FLOAT, text, Double.parseDouble(text.replace("_", "")), at);
      at = power;
      return;
    }
    integer(whole);
  }

  private int exponent(int offset) {
    int i = offset;
    if (i < source.length() && (source.charAt(i) == 'e' || source.charAt(i) == 'E')) {
      i += sign(i + 1) == 0 ? 1 : 2;
      if (isDigit(i, 10)) {
        return digits(i, 10);
      }
    }
    return offset;
  }

  private void integer(int decimalEnd) {
    int end = decimalEnd;
    if (source.charAt(at) == '0') {
      char prefix = at + 1 < source.length() ? source.charAt(at + 1) : ' ';
      int radix = "xX".indexOf(prefix) >= 0 ? 16 : "oO".indexOf(prefix) >= 0 ? 8 : 2;
      boolean prefixed = radix != 2 || "bB".indexOf(prefix) >= 0;
      int first = at + 2 + (at + 2 < source.length() && source.charAt(at + 2) == '_' ? 1 : 0);
      if (prefixed && isDigit(first, radix)) {
        end = digits(first, radix);
      } else {
        // Python has no numbers with leading zeros: "007" is 00 and 7, which no rule accepts.
        end = at + 1;
        while (end < decimalEnd && (source.charAt(end) == '0' || source.charAt(end) == '_')) {
          end++;
        }
      }
    }
    String text = source.substring(at, end);
    try {
      add(Token.Kind.INTEGER, text, Literals.integer(text), at);
    } catch (Fault fault) {
      throw pos(at).error(fault.getMessage());
    }
    at = end;
  }

  private boolean isDigit(int offset, int radix) {
    return offset < source.length()
        && source.charAt(offset) < 0x80
        && Character.digit(source.charAt(offset), radix) >= 0;
  }

  /** The end of digits that may be separated by single underscores. */
  private int digits(int offset, int radix) {
    int i = offset;
    while (isDigit(i, radix)
        || (i > offset
            && i < source.length()
            && source.charAt(i) == '_'
            && isDigit(i - 1, radix)
            && isDigit(i + 1, radix))) {
      i++;
    }
    return i;
  }

  private void operator() {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        balance(operator.charAt(0));
        add(Token.Kind.OPERATOR, operator, "", at);
        at += operator.length();
        return;
      }
    }
    throw pos(at).error("unexpected character " + PythonText.quote(source.substring(at, at + 1)));
  }

  private void balance(char c) {
    int opening = "([{".indexOf(c);
    if (opening >= 0) {
      brackets.push(")]}".charAt(opening));
    } else if (")]}".indexOf(c) >= 0) {
      if (brackets.isEmpty() || brackets.pop() != c) {
        throw pos(at).error("unexpected '" + c + "', which closes nothing");
      }
    }
  }
}
