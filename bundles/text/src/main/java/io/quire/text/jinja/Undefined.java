package io.quire.text.jinja;

/**
 * A missing variable, attribute or element: prints as nothing, is false and empty, and anything
 * else done to it is an error.
 *
 * @param message what is missing, as the error will say
 */
record Undefined(String message) {
  /** {@return the error of an operation that needs a value} */
  Fault fault() {
    return new Fault(message);
  }

  static Undefined variable(String name) {
    return new Undefined(PythonText.quote(name) + " is undefined");
  }
}
