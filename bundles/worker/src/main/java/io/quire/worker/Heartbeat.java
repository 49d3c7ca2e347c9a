package io.quire.worker;

/**
 * Notices that something has stopped. It is asked at regular times, so a pause of this process, in
 * which nobody asks, is nobody's fault.
 */
final class Heartbeat {
  private final int most;
  private int last = -1;
  private int silent;

  /**
   * Begins with something that lives.
   *
   * @param most how many times in a row the same count is no reason to worry
   */
  Heartbeat(int most) {
    this.most = most;
  }

  /**
   * Looks at a count that grows as long as something lives.
   *
   * @param count the count
   * @return whether it has stopped
   */
  boolean stopped(int count) {
    silent = count == last ? silent + 1 : 0;
    last = count;
    return silent > most;
  }
}
