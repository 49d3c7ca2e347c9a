package io.quire.text.jinja;

/** A value that a template can call. */
interface Callable {
  /** Calls it. */
  Object call(Args args, Runtime runtime);

  /** {@return how it prints} */
  String describe();
}
