package io.quire.backend.nvidia.driver;

/** Something that work refers to while it is open. */
interface Usable {
  /**
   * Checks that it is open.
   *
   * @throws IllegalStateException if it was closed
   */
  void requireOpen();
}
