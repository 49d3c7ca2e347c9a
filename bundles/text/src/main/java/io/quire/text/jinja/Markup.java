package io.quire.text.jinja;

/**
 * Text marked as safe HTML by {@code safe} or {@code escape}. Escaping is off in chat templates, so
 * it differs from a string in little more than that adding to it escapes what is added.
 *
 * @param text the text
 */
record Markup(String text) {
  /** Escapes for HTML, unless it is marked as safe already. */
  static Markup escape(Object value, Runtime runtime) {
    if (value instanceof Markup markup) {
      return markup;
    }
    return forced(PythonText.str(value, runtime.budget()), runtime);
  }

  /** Escapes for HTML in any case. */
  static Markup forced(String text, Runtime runtime) {
    long length = 0;
    for (int i = 0; i < text.length(); i++) {
      length += entity(text.charAt(i)).length();
    }
    runtime.budget().text(length);
    StringBuilder out = new StringBuilder((int) length);
    for (int i = 0; i < text.length(); i++) {
      out.append(entity(text.charAt(i)));
    }
    return new Markup(out.toString());
  }

  private static String entity(char c) {
    return switch (c) {
      case '&' -> "&amp;";
      case '<' -> "&lt;";
      case '>' -> "&gt;";
      case '\'' -> "&#39;";
      case '"' -> "&#34;";
      default -> String.valueOf(c);
    };
  }
}
