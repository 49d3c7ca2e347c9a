package io.quire.backend.cpu.plan;

import io.quire.api.model.Op;
import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.Scalar;

/** Loops over values one by one, which the compiler turns into vectors by itself. */
final class Elementwise {
  /** {@code -2 sqrt(2 / pi)}: GELU's tanh form is {@code x / (1 + exp(-2 u))}. */
  private static final float GELU_LINEAR = (float) (-2 * Math.sqrt(2 / Math.PI));

  private static final float GELU_CUBIC = (float) (-2 * Math.sqrt(2 / Math.PI) * 0.044715);

  private Elementwise() {}

  static void add(float[] a, int aAt, float[] b, int bAt, float[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = a[aAt + i] + b[bAt + i];
    }
  }

  static void mul(float[] a, int aAt, float[] b, int bAt, float[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = a[aAt + i] * b[bAt + i];
    }
  }

  static void scale(float[] a, int aAt, float factor, float[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = a[aAt + i] * factor;
    }
  }

  static void softcap(float[] a, int aAt, float cap, float[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = cap * Scalar.tanh(a[aAt + i] / cap);
    }
  }

  /**
   * {@code out = function(in)}.
   *
   * @param spare memory for {@code count} values, neither {@code in} nor {@code out}
   */
  static void apply(
      Kernels kernels,
      Op.Function function,
      float[] in,
      int from,
      float[] spare,
      float[] out,
      int at,
      int count) {
    switch (function) {
      case SILU -> {
        kernels.exp(in, from, count, -1, 0, spare, 0);
        divide(in, from, spare, out, at, count);
      }
      case GELU_TANH -> {
        for (int i = 0; i < count; i++) {
          float x = in[from + i];
          spare[i] = x * Math.fma(GELU_CUBIC * x, x, GELU_LINEAR);
        }
        kernels.exp(spare, 0, count, 1, 0, spare, 0);
        divide(in, from, spare, out, at, count);
      }
      case GELU -> {
        for (int i = 0; i < count; i++) {
          out[at + i] = Scalar.gelu(in[from + i]);
        }
      }
      default -> throw new IllegalArgumentException("function " + function);
    }
  }

  private static void divide(float[] in, int from, float[] spare, float[] out, int at, int count) {
    for (int i = 0; i < count; i++) {
      out[at + i] = in[from + i] / (1 + spare[i]);
    }
  }
}
