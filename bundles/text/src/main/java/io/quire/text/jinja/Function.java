package io.quire.text.jinja;

/**
 * A global function or a method bound to its object.
 *
 * @param name as templates call it
 * @param body what it does
 */
record Function(String name, Body body) implements Callable {
  /** What a function does. */
  @FunctionalInterface
  interface Body {
    /** Computes the result. */
    Object apply(Args args, Runtime runtime);
  }

  @Override
  public Object call(Args args, Runtime runtime) {
    return body.apply(args, runtime);
  }

  @Override
  public String describe() {
    return "<function " + name + ">";
  }
}
