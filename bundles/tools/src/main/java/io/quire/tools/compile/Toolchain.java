package io.quire.tools.compile;

import io.quire.tools.target.Target;
import java.io.IOException;
import java.nio.file.Path;

/** A vendor's compiler. Safe for use by several threads. */
interface Toolchain {
  /**
   * Compiles a whole text and writes what comes out beside it.
   *
   * @param target the device
   * @param text preludes, common parts and kernel, macros included
   * @param stem path of the files to write, without their endings; its folder exists
   * @return the outcome
   * @throws IOException if a file cannot be written or read
   * @throws InterruptedException if the thread is interrupted
   */
  Compiled compile(Target target, String text, Path stem) throws IOException, InterruptedException;

  /** {@return the compiler and where it was found} */
  String version();

  /** A compiler is not here. */
  final class MissingException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message what is missing, and what to install
     */
    MissingException(String message) {
      super(message);
    }
  }
}
