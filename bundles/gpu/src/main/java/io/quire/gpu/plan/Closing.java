package io.quire.gpu.plan;

import java.util.List;

/** Frees things whatever some of them say: a lost device may refuse to free anything. */
final class Closing {
  private static final System.Logger LOG = System.getLogger(Closing.class.getName());

  private Closing() {}

  /**
   * Closes a list and empties it, the last one first.
   *
   * @param things what to close
   */
  static void all(List<? extends AutoCloseable> things) {
    for (AutoCloseable thing : things.reversed()) {
      one(thing);
    }
    things.clear();
  }

  /** Closes one thing; a failure goes to the log. */
  static void one(AutoCloseable thing) {
    try {
      thing.close();
    } catch (Exception e) {
      LOG.log(System.Logger.Level.WARNING, "device memory could not be freed", e);
    }
  }
}
