package io.quire.gpu.tune;

/**
 * How long an operation takes.
 *
 * @param nanos median over the samples, of one launch of the operation
 * @param leastNanos least of the samples
 * @param samples how many there are
 * @param launches in one sample
 * @param bytes that the operation has to read and write at least
 * @param operations multiplications and additions that it has to do; 0 where they do not matter
 */
public record Timing(
    double nanos, double leastNanos, int samples, int launches, long bytes, long operations) {
  private static final double TERA = 1000;

  /** {@return 10^9 bytes a second} */
  public double gigabytesPerSecond() {
    return bytes / nanos;
  }

  /** {@return 10^12 operations a second} */
  public double teraflops() {
    return operations / nanos / TERA;
  }
}
