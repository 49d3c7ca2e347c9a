package io.quire.backend.cpu.kernel;

import static io.quire.backend.cpu.kernel.VectorShape.FLOATS;
import static io.quire.backend.cpu.kernel.VectorShape.WIDTH;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The Vector API twin. Vectors stay inside one method each: the compiler puts a vector that crosses
 * a call it does not inline into an object.
 */
public final class VectorKernels implements Kernels {
  private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
  private static final int SHIFT = Float.floatToRawIntBits(Scalar.ROUNDER);

  /** Creates it. */
  public VectorKernels() {}

  @Override
  public String name() {
    return "vector " + FLOATS.vectorBitSize();
  }

  @Override
  public void decode(DType type, MemorySegment data, long offset, int count, float[] out, int at) {
    VectorDecoder.decode(type, data, offset, count, out, at);
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
    if (WIDTH == LANES) {
      WideProducts.multiply(in, inAt, inStride, rows, panel, depth, columns, scratch, out);
    } else {
      NarrowProducts.multiply(in, inAt, inStride, rows, panel, depth, columns, out);
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
    if (WIDTH == LANES && FusedDots.supports(type)) {
      FusedDots.run(type, data, offset, rowBytes, columns, in, inAt, width, scratch, out);
      return;
    }
    int depth = Kernels.padded(width);
    decodePanel(type, data, offset, rowBytes, columns, width, scratch.panel);
    multiply(in, inAt, depth, 1, scratch.panel, depth, columns, scratch, out);
  }

  @Override
  public float squares(float[] in, int at, int count) {
    float[] lanes = new float[LANES];
    int full = count & -LANES;
    for (int part = 0; part < LANES; part += WIDTH) {
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int i = part; i < full; i += LANES) {
        FloatVector x = FloatVector.fromArray(FLOATS, in, at + i);
        sum = x.fma(x, sum);
      }
      sum.intoArray(lanes, part);
    }
    for (int i = full; i < count; i++) {
      lanes[i - full] = Math.fma(in[at + i], in[at + i], lanes[i - full]);
    }
    return Scalar.tree(lanes, 0);
  }

  @Override
  public float softmaxTerms(float[] x, int at, int count) {
    exp(x, at, count, 1, -max(x, at, count), x, at);
    float[] lanes = new float[LANES];
    int full = count & -LANES;
    for (int part = 0; part < LANES; part += WIDTH) {
      FloatVector sum = FloatVector.zero(FLOATS);
      for (int i = part; i < full; i += LANES) {
        sum = sum.add(FloatVector.fromArray(FLOATS, x, at + i));
      }
      sum.intoArray(lanes, part);
    }
    for (int i = full; i < count; i++) {
      lanes[i - full] += x[at + i];
    }
    return Scalar.tree(lanes, 0);
  }

  @Override
  public void exp(
      float[] in, int at, int count, float factor, float summand, float[] out, int outAt) {
    int bound = FLOATS.loopBound(count);
    FloatVector scale = FloatVector.broadcast(FLOATS, factor);
    for (int i = 0; i < bound; i += WIDTH) {
      FloatVector c =
          FloatVector.fromArray(FLOATS, in, at + i)
              .fma(scale, FloatVector.broadcast(FLOATS, summand))
              .max(Scalar.EXP_MIN)
              .min(Scalar.EXP_MAX);
      FloatVector shifted =
          c.fma(
              FloatVector.broadcast(FLOATS, Scalar.LOG2_E),
              FloatVector.broadcast(FLOATS, Scalar.ROUNDER));
      FloatVector n = shifted.sub(Scalar.ROUNDER);
      FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -Scalar.LN2_HIGH), c);
      r = n.fma(FloatVector.broadcast(FLOATS, -Scalar.LN2_LOW), r);
      FloatVector p =
          r.fma(FloatVector.broadcast(FLOATS, Scalar.C7), FloatVector.broadcast(FLOATS, Scalar.C6));
      p = p.fma(r, FloatVector.broadcast(FLOATS, Scalar.C5));
      p = p.fma(r, FloatVector.broadcast(FLOATS, Scalar.C4));
      p = p.fma(r, FloatVector.broadcast(FLOATS, Scalar.C3));
      p = p.fma(r, FloatVector.broadcast(FLOATS, Scalar.C2));
      p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
      p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
      IntVector power = shifted.viewAsIntegralLanes().sub(SHIFT);
      IntVector half = power.lanewise(VectorOperators.ASHR, 1);
      FloatVector first = half.add(127).lanewise(VectorOperators.LSHL, 23).viewAsFloatingLanes();
      FloatVector second =
          power.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).viewAsFloatingLanes();
      p.mul(first).mul(second).intoArray(out, outAt + i);
    }
    for (int i = bound; i < count; i++) {
      out[outAt + i] = Scalar.exp(Math.fma(in[at + i], factor, summand));
    }
  }

  @Override
  public float max(float[] in, int at, int count) {
    int bound = FLOATS.loopBound(count);
    float max = in[at];
    if (bound > 0) {
      FloatVector best = FloatVector.fromArray(FLOATS, in, at);
      for (int i = WIDTH; i < bound; i += WIDTH) {
        best = best.max(FloatVector.fromArray(FLOATS, in, at + i));
      }
      max = best.reduceLanes(VectorOperators.MAX);
    }
    for (int i = bound; i < count; i++) {
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
    long step = (long) keyStride * Float.BYTES;
    for (int r = 0; r < rows; r += QUERY_TILE) {
      int q0 = r * headDim;
      int o0 = outAt + r * outStride;
      for (int j = 0; j < keyStride; j += WIDTH) {
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        long from = offset + (long) j * Float.BYTES;
        for (int d = 0; d < headDim; d++) {
          FloatVector key = FloatVector.fromMemorySegment(FLOATS, keys, from + d * step, NATIVE);
          s0 = key.fma(FloatVector.broadcast(FLOATS, queries[q0 + d]), s0);
          s1 = key.fma(FloatVector.broadcast(FLOATS, queries[q0 + headDim + d]), s1);
          s2 = key.fma(FloatVector.broadcast(FLOATS, queries[q0 + 2 * headDim + d]), s2);
          s3 = key.fma(FloatVector.broadcast(FLOATS, queries[q0 + 3 * headDim + d]), s3);
        }
        s0.intoArray(out, o0 + j);
        s1.intoArray(out, o0 + outStride + j);
        s2.intoArray(out, o0 + 2 * outStride + j);
        s3.intoArray(out, o0 + 3 * outStride + j);
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
    if (rows == QUERY_TILE) {
      mixTile(weights, weightsAt, weightStride, values, offset, count, width, sums, sumsAt);
      return;
    }
    for (int r = 0; r < rows; r++) {
      mixRow(
          weights,
          weightsAt + r * weightStride,
          values,
          offset,
          count,
          width,
          sums,
          sumsAt + r * width);
    }
  }

  private static void mixTile(
      float[] weights,
      int w0,
      int weightStride,
      MemorySegment values,
      long offset,
      int count,
      int width,
      float[] sums,
      int s) {
    long step = (long) width * Float.BYTES;
    for (int d = 0; d < width; d += WIDTH) {
      FloatVector s0 = FloatVector.fromArray(FLOATS, sums, s + d);
      FloatVector s1 = FloatVector.fromArray(FLOATS, sums, s + width + d);
      FloatVector s2 = FloatVector.fromArray(FLOATS, sums, s + 2 * width + d);
      FloatVector s3 = FloatVector.fromArray(FLOATS, sums, s + 3 * width + d);
      long from = offset + (long) d * Float.BYTES;
      for (int j = 0; j < count; j++) {
        FloatVector v = FloatVector.fromMemorySegment(FLOATS, values, from + j * step, NATIVE);
        s0 = v.fma(FloatVector.broadcast(FLOATS, weights[w0 + j]), s0);
        s1 = v.fma(FloatVector.broadcast(FLOATS, weights[w0 + weightStride + j]), s1);
        s2 = v.fma(FloatVector.broadcast(FLOATS, weights[w0 + 2 * weightStride + j]), s2);
        s3 = v.fma(FloatVector.broadcast(FLOATS, weights[w0 + 3 * weightStride + j]), s3);
      }
      s0.intoArray(sums, s + d);
      s1.intoArray(sums, s + width + d);
      s2.intoArray(sums, s + 2 * width + d);
      s3.intoArray(sums, s + 3 * width + d);
    }
  }

  private static void mixRow(
      float[] weights,
      int w0,
      MemorySegment values,
      long offset,
      int count,
      int width,
      float[] sums,
      int s) {
    long step = (long) width * Float.BYTES;
    for (int d = 0; d < width; d += WIDTH) {
      FloatVector sum = FloatVector.fromArray(FLOATS, sums, s + d);
      long from = offset + (long) d * Float.BYTES;
      for (int j = 0; j < count; j++) {
        FloatVector v = FloatVector.fromMemorySegment(FLOATS, values, from + j * step, NATIVE);
        sum = v.fma(FloatVector.broadcast(FLOATS, weights[w0 + j]), sum);
      }
      sum.intoArray(sums, s + d);
    }
  }
}
