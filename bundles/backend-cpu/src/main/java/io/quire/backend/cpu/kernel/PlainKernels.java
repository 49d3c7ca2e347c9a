package io.quire.backend.cpu.kernel;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The reference: loops that say what every implementation computes. */
public final class PlainKernels implements Kernels {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

  /** Creates it. */
  public PlainKernels() {}

  @Override
  public String name() {
    return "plain";
  }

  @Override
  public void decode(DType type, MemorySegment data, long offset, int count, float[] out, int at) {
    PlainDecoder.decode(type, data, offset, count, out, at);
  }

  @Override
  public void multiply(
      float[] in,
      int inAt,
      int inStride,
      int rows,
      float[] panel,
      int depth,
      int columns,
      Scratch scratch,
      float[] out) {
    float[] lanes = scratch.sums;
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        dot(in, inAt + r * inStride, panel, c * depth, depth, lanes);
        out[r * PANEL + c] = Scalar.tree(lanes, 0);
      }
    }
  }

  private static void dot(float[] a, int aAt, float[] b, int bAt, int depth, float[] lanes) {
    for (int i = 0; i < LANES; i++) {
      lanes[i] = 0;
    }
    for (int k = 0; k < depth; k += LANES) {
      for (int i = 0; i < LANES; i++) {
        lanes[i] = Math.fma(a[aAt + k + i], b[bAt + k + i], lanes[i]);
      }
    }
  }

  @Override
  public void dots(
      DType type,
      MemorySegment data,
      long offset,
      long rowBytes,
      int columns,
      float[] in,
      int inAt,
      int width,
      Scratch scratch,
      float[] out) {
    int depth = Kernels.padded(width);
    decodePanel(type, data, offset, rowBytes, columns, width, scratch.panel);
    multiply(in, inAt, depth, 1, scratch.panel, depth, columns, scratch, out);
  }

  @Override
  public float squares(float[] in, int at, int count) {
    float[] lanes = new float[LANES];
    for (int i = 0; i < count; i++) {
      lanes[i % LANES] = Math.fma(in[at + i], in[at + i], lanes[i % LANES]);
    }
    return Scalar.tree(lanes, 0);
  }

  @Override
  public float softmaxTerms(float[] x, int at, int count) {
    exp(x, at, count, 1, -max(x, at, count), x, at);
    float[] lanes = new float[LANES];
    for (int i = 0; i < count; i++) {
      lanes[i % LANES] += x[at + i];
    }
    return Scalar.tree(lanes, 0);
  }

  @Override
  public void exp(
      float[] in, int at, int count, float factor, float summand, float[] out, int outAt) {
    for (int i = 0; i < count; i++) {
      out[outAt + i] = Scalar.exp(Math.fma(in[at + i], factor, summand));
    }
  }

  @Override
  public float max(float[] in, int at, int count) {
    float max = in[at];
    for (int i = 1; i < count; i++) {
      max = Math.max(max, in[at + i]);
    }
    return max;
  }

  @Override
  public void scores(
      float[] queries,
      int rows,
      int headDim,
      MemorySegment keys,
      long offset,
      int keyStride,
      float[] out,
      int outAt,
      int outStride) {
    for (int r = 0; r < rows; r++) {
      int row = outAt + r * outStride;
      for (int j = 0; j < keyStride; j++) {
        out[row + j] = 0;
      }
      for (int d = 0; d < headDim; d++) {
        float q = queries[r * headDim + d];
        long keyRow = offset + (long) d * keyStride * Float.BYTES;
        for (int j = 0; j < keyStride; j++) {
          float key = keys.get(FLOAT, keyRow + (long) j * Float.BYTES);
          out[row + j] = Math.fma(q, key, out[row + j]);
        }
      }
    }
  }

  @Override
  public void mix(
      float[] weights,
      int weightsAt,
      int weightStride,
      int rows,
      MemorySegment values,
      long offset,
      int count,
      int width,
      float[] sums,
      int sumsAt) {
    for (int r = 0; r < rows; r++) {
      int sum = sumsAt + r * width;
      for (int j = 0; j < count; j++) {
        float weight = weights[weightsAt + r * weightStride + j];
        long value = offset + (long) j * width * Float.BYTES;
        for (int d = 0; d < width; d++) {
          float v = values.get(FLOAT, value + (long) d * Float.BYTES);
          sums[sum + d] = Math.fma(weight, v, sums[sum + d]);
        }
      }
    }
  }
}
