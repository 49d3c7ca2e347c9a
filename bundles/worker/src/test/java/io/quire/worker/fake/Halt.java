package io.quire.worker.fake;

import io.quire.worker.SuppressForbidden;

/** Ends the process as a crash does. */
final class Halt {
  static final int STATUS = 77;

  private Halt() {}

  @SuppressForbidden("a test of what happens then")
  static void now() {
    System.err.println("this process crashes now");
    Runtime.getRuntime().halt(STATUS);
  }
}
