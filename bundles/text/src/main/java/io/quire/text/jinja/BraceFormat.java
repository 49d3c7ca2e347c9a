package io.quire.text.jinja;

/** Python's {@code str.format}, with attributes and elements under the rules of the sandbox. */
final class BraceFormat {
  private static final int MAX_NESTING = 2;

  private final Args args;
  private final Runtime runtime;
  private int automatic;
  private boolean manual;

  private BraceFormat(Args args, Runtime runtime) {
    this.args = args;
    this.runtime = runtime;
  }

  static Object format(String format, Args args, Runtime runtime) {
    return new BraceFormat(args, runtime).expand(format, MAX_NESTING);
  }

  private String expand(String format, int nesting) {
    if (nesting == 0) {
      throw Fault.value("Max string recursion exceeded");
    }
    runtime.budget().text(format.length());
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at++);
      boolean doubled = at < format.length() && format.charAt(at) == c;
      if ((c == '{' || c == '}') && doubled) {
        out.append(c);
        at++;
      } else if (c == '}') {
        throw Fault.value("Single '}' encountered in format string");
      } else if (c == '{') {
        int end = closing(format, at);
        String part = field(format.substring(at, end), nesting);
        runtime.budget().text(part.length());
        Chars.checkLength((long) out.length() + part.length());
        out.append(part);
        at = end + 1;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static int closing(String format, int from) {
    int depth = 1;
    for (int i = from; i < format.length(); i++) {
      depth += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw Fault.value("expected '}' before end of string");
  }

  private String field(String field, int nesting) {
    int nameEnd = nameEnd(field);
    String name = field.substring(0, nameEnd);
    String rest = field.substring(nameEnd);
    char conversion = 0;
    if (rest.startsWith("!")) {
      if (rest.length() < 2 || (rest.length() > 2 && rest.charAt(2) != ':')) {
        throw Fault.value("expected ':' after conversion specifier");
      }
      conversion = rest.charAt(1);
      rest = rest.substring(2);
    }
    Object value = lookup(name);
    Budget budget = runtime.budget();
    value =
        switch (conversion) {
          case 0 -> value;
          case 's' -> PythonText.str(value, budget);
          case 'r', 'a' -> PythonText.repr(value, budget);
          default -> throw Fault.value("Unknown conversion specifier " + conversion);
        };
    String spec = rest.isEmpty() ? "" : expand(rest.substring(1), nesting - 1);
    return write(value, spec);
  }

  private static int nameEnd(String field) {
    boolean bracket = false;
    for (int i = 0; i < field.length(); i++) {
      char c = field.charAt(i);
      bracket = c == '[' || (bracket && c != ']');
      if (!bracket && (c == '!' || c == ':')) {
        return i;
      }
    }
    return field.length();
  }

  private Object lookup(String name) {
    int end = 0;
    while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
      end++;
    }
    Object value = first(name.substring(0, end));
    int at = end;
    while (at < name.length()) {
      runtime.budget().step();
      if (name.charAt(at) == '.') {
        int next = at + 1;
        while (next < name.length() && name.charAt(next) != '.' && name.charAt(next) != '[') {
          next++;
        }
        value = Access.attribute(value, part(name, at + 1, next), runtime);
        at = next;
      } else if (name.charAt(at) == '[' && name.indexOf(']', at) > 0) {
        int close = name.indexOf(']', at);
        String index = part(name, at + 1, close);
        boolean number = index.chars().allMatch(c -> c >= '0' && c <= '9');
        value = Access.item(value, number ? (Object) Literals.integer(index) : index, runtime);
        at = close + 1;
      } else {
        throw Fault.value("a malformed field in a format string");
      }
    }
    return value;
  }

  private static String part(String name, int from, int to) {
    if (from >= to) {
      throw Fault.value("Empty attribute in format string");
    }
    return name.substring(from, to);
  }

  private Object first(String name) {
    boolean number = name.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!number) {
      Object value = args.named().get(name);
      if (value == null) {
        throw new Fault("key error: " + PythonText.quote(name));
      }
      return value;
    }
    if (name.isEmpty() ? manual : automatic > 0) {
      throw Fault.value("cannot mix automatic and manual field numbering");
    }
    manual |= !name.isEmpty();
    long index = name.isEmpty() ? automatic++ : Literals.integer(name);
    if (index >= args.positional().size()) {
      throw new Fault("Replacement index " + index + " out of range for positional args tuple");
    }
    return args.positional().get((int) index);
  }

  private String write(Object value, String spec) {
    if (spec.isEmpty()) {
      return PythonText.str(value, runtime.budget());
    }
    FormatSpec parsed = new SpecParser(spec).parse(Values.isNumber(value));
    if (Values.isNumber(value) && parsed.type() != 's') {
      return parsed.number(value);
    }
    if (!Values.isText(value)) {
      throw Fault.type("unsupported format string passed to " + Values.typeName(value));
    }
    if (parsed.type() != 0 && parsed.type() != 's') {
      throw Fault.value("Unknown format code '" + parsed.type() + "' for object of type 'str'");
    }
    if (parsed.align() == '=' || parsed.sign() != '-' || parsed.grouping() != 0) {
      throw Fault.value("a number's format for a string");
    }
    return parsed.text(Values.text(value, ""));
  }

  /** Reads {@code [[fill]align][sign][#][0][width][,][.precision][type]}. */
  private static final class SpecParser {
    private final String spec;
    private int at;

    SpecParser(String spec) {
      this.spec = spec;
    }

    private boolean isAlign(int offset) {
      return offset < spec.length() && "<>=^".indexOf(spec.charAt(offset)) >= 0;
    }

    private char take(String allowed, char otherwise) {
      boolean found = at < spec.length() && allowed.indexOf(spec.charAt(at)) >= 0;
      return found ? spec.charAt(at++) : otherwise;
    }

    FormatSpec parse(boolean number) {
      int fill = ' ';
      int second = spec.offsetByCodePoints(0, 1);
      boolean filled = isAlign(second);
      if (filled) {
        fill = spec.codePointAt(0);
        at = second;
      }
      char align = take("<>=^", (char) 0);
      char sign = take("+- ", '-');
      boolean alternate = take("#", (char) 0) != 0;
      if (take("0", (char) 0) != 0) {
        fill = filled ? fill : '0';
        align = align == 0 && number ? '=' : align;
      }
      int width = Math.max(0, digits());
      char grouping = take(",_", (char) 0);
      int precision = -1;
      if (take(".", (char) 0) != 0) {
        precision = digits();
        if (precision < 0) {
          throw Fault.value("Format specifier missing precision");
        }
      }
      char type = at < spec.length() ? spec.charAt(at++) : 0;
      if (at < spec.length() || "\0sdxXobneEfFgG%".indexOf(type) < 0) {
        throw Fault.value("Invalid format specifier " + PythonText.quote(spec));
      }
      return new FormatSpec(fill, align, sign, alternate, width, grouping, precision, type);
    }

    private int digits() {
      int from = at;
      int value = 0;
      while (at < spec.length() && spec.charAt(at) >= '0' && spec.charAt(at) <= '9') {
        value = value * 10 + spec.charAt(at++) - '0';
        if (value > Limits.WIDTH) {
          throw Fault.value("a width or precision above " + Limits.WIDTH + " in a format");
        }
      }
      return at == from ? -1 : value;
    }
  }
}
