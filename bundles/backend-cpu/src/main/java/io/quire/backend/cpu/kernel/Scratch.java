package io.quire.backend.cpu.kernel;

/** Memory that products need; each thread has its own. */
public final class Scratch {
  /** Decoded rows of weights, {@code [PANEL][depth]}. */
  public final float[] panel;

  /** A second panel, for products that are taken in pairs. */
  public final float[] second;

  /** Rows of weights as they are stored. */
  final byte[] stored;

  /** Lanes of 16 sums. */
  final float[] lanes = new float[Kernels.LANES * Kernels.LANES];

  /** 16 sums. */
  final float[] sums = new float[Kernels.LANES];

  /**
   * Allocates it.
   *
   * @param depth padded length of the longest row of weights
   */
  public Scratch(int depth) {
    panel = new float[Math.multiplyExact(Kernels.PANEL, depth)];
    second = new float[panel.length];
    stored = new byte[Math.multiplyExact(Kernels.LANES * Float.BYTES, depth)];
  }
}
