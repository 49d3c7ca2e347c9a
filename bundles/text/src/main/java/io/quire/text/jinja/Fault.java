package io.quire.text.jinja;

/** An error of a template whose place is not known yet; the evaluator adds it. */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Fault(String message) {
    super(message, null, false, false);
  }

  /** An operation that is not defined for the types of its operands. */
  static Fault type(String message) {
    return new Fault("type error: " + message);
  }

  /** A value that the operation cannot take. */
  static Fault value(String message) {
    return new Fault("value error: " + message);
  }
}
