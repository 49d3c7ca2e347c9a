package io.quire.text.jinja;

/**
 * A token of a template.
 *
 * @param kind what it is
 * @param text an operator, a name, the text of a string or of data; digits of a number
 * @param value of a number
 * @param pos where it begins
 */
record Token(Kind kind, String text, Object value, Pos pos) {
  /** Kinds of tokens. */
  enum Kind {
    DATA("text"),
    VARIABLE_BEGIN("{{"),
    VARIABLE_END("}}"),
    BLOCK_BEGIN("{%"),
    BLOCK_END("%}"),
    NAME("name"),
    STRING("string"),
    INTEGER("integer"),
    FLOAT("float"),
    OPERATOR("operator"),
    EOF("end of template");

    final String shown;

    Kind(String shown) {
      this.shown = shown;
    }
  }

  boolean is(Kind other) {
    return kind == other;
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  String describe() {
    return switch (kind) {
      case NAME, OPERATOR, INTEGER, FLOAT -> PythonText.quote(text);
      default -> kind.shown;
    };
  }
}
