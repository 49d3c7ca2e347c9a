package io.quire.backend.cpu.kernel;

import io.quire.api.model.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The arithmetic that is worth writing twice. Every result is a function of its own operands alone:
 * the order of every sum is fixed here and does not depend on how many rows are computed together,
 * on threads or on the width of a vector, so that implementations agree bit for bit.
 *
 * <p>A sum over {@code k} of a dot product goes into 16 lanes, term {@code k} into lane {@code k %
 * 16}, each in rising order with fused multiply-adds; then lanes are added as a tree: {@code i} and
 * {@code i + 8}, {@code i + 4}, {@code i + 2}, {@code i + 1}.
 */
public interface Kernels {
  /** Lanes of a sum: rows that are multiplied are padded with zeros to a multiple. */
  int LANES = 16;

  /** Columns of a tile of products: the distance of its rows. */
  int PANEL = 32;

  /** Rows that attention takes together. */
  int QUERY_TILE = 4;

  /**
   * The next multiple of {@link #LANES}.
   *
   * @param width a width
   * @return the padded width
   */
  static int padded(int width) {
    return Math.addExact(width, LANES - 1) & -LANES;
  }

  /**
   * Decodes rows into a panel, padded with zeros; rows up to the next multiple of {@link #LANES}
   * are zero.
   *
   * @param type how they are stored
   * @param data the weights
   * @param offset first byte of the first row
   * @param rowBytes distance of rows
   * @param columns how many rows, at most {@link #PANEL}
   * @param width values in a row
   * @param panel receives {@code [columns][padded width]}
   */
  default void decodePanel(
      DType type,
      MemorySegment data,
      long offset,
      long rowBytes,
      int columns,
      int width,
      float[] panel) {
    int depth = padded(width);
    for (int c = 0; c < columns; c++) {
      decode(type, data, offset + c * rowBytes, width, panel, c * depth);
      Arrays.fill(panel, c * depth + width, (c + 1) * depth, 0);
    }
    Arrays.fill(panel, columns * depth, padded(columns) * depth, 0);
  }

  /** {@return the implementation's name, such as {@code plain}} */
  String name();

  /**
   * Expands stored values to floats.
   *
   * @param type how they are stored
   * @param data the weights
   * @param offset first byte, at the start of a block
   * @param count values, whole blocks
   * @param out receives them
   * @param at index of the first
   */
  void decode(DType type, MemorySegment data, long offset, int count, float[] out, int at);

  /**
   * Products of rows with the rows of a panel: {@code out[r * PANEL + c] = in[r] . panel[c]}.
   *
   * @param in rows, padded with zeros
   * @param inAt index of the first row
   * @param inStride distance of rows
   * @param rows how many
   * @param panel {@code [columns up to a multiple of LANES][depth]}
   * @param depth padded length of a row
   * @param columns columns wanted, at most {@link #PANEL}; up to the next multiple of {@link
   *     #LANES} may be written
   * @param scratch memory of the calling thread
   * @param out a tile {@code [rows][PANEL]}
   */
  void multiply(
      float[] in,
      int inAt,
      int inStride,
      int rows,
      float[] panel,
      int depth,
      int columns,
      Scratch scratch,
      float[] out);

  /**
   * Products of one row with rows of stored weights: the bits of {@link #decode} and {@link
   * #multiply}, without the way through memory where that pays.
   *
   * @param type how the weights are stored
   * @param data the weights
   * @param offset first byte of the first row
   * @param rowBytes distance of rows
   * @param columns rows of weights, at most {@link #PANEL}
   * @param in the row, padded with zeros
   * @param inAt index of its first value
   * @param width its length without padding
   * @param scratch memory of the calling thread, for rows of this length at least
   * @param out receives the products; as many as {@link #PANEL} may be written
   */
  void dots(
      DType type,
      MemorySegment data,
      long offset,
      long rowBytes,
      int columns,
      float[] in,
      int inAt,
      int width,
      Scratch scratch,
      float[] out);

  /**
   * The sum of squares, in lanes as a dot product.
   *
   * @param in values
   * @param at index of the first
   * @param count how many
   * @return the sum
   */
  float squares(float[] in, int at, int count);

  /**
   * {@code x = exp(x - max(x))}, in place.
   *
   * @param x values
   * @param at index of the first
   * @param count how many, at least 1
   * @return the sum of the results, in lanes as a dot product
   */
  float softmaxTerms(float[] x, int at, int count);

  /**
   * {@code out = exp(in * factor + summand)}, see {@link Scalar#exp}.
   *
   * @param in values
   * @param at index of the first
   * @param count how many
   * @param factor factor
   * @param summand summand
   * @param out results; may be {@code in}
   * @param outAt index of the first result
   */
  void exp(float[] in, int at, int count, float factor, float summand, float[] out, int outAt);

  /**
   * The greatest value; NaN if there is one.
   *
   * @param in values
   * @param at index of the first
   * @param count how many, at least 1
   * @return the maximum
   */
  float max(float[] in, int at, int count);

  /**
   * Scores of queries against the keys of one block, each a single chain of fused multiply-adds
   * over the head's dimensions in rising order.
   *
   * @param queries {@code [rows][headDim]}
   * @param rows a multiple of {@link #QUERY_TILE}
   * @param headDim length of a query
   * @param keys the cache
   * @param offset byte of the block's keys: floats {@code [headDim][keyStride]}
   * @param keyStride keys in a block, a multiple of {@link #LANES}
   * @param out scores {@code [rows][outStride]}
   * @param outAt index of the first
   * @param outStride distance of rows
   */
  void scores(
      float[] queries,
      int rows,
      int headDim,
      MemorySegment keys,
      long offset,
      int keyStride,
      float[] out,
      int outAt,
      int outStride);

  /**
   * Adds weighted values: {@code sums[r] += weights[r][j] * values[j]} for rising {@code j}, fused.
   *
   * @param weights {@code [rows][weightStride]}
   * @param weightsAt index of the first row's first weight
   * @param weightStride distance of rows
   * @param rows 1 or {@link #QUERY_TILE}
   * @param values the cache
   * @param offset byte of the first value: floats {@code [count][width]}
   * @param count values
   * @param width padded length of a value
   * @param sums {@code [rows][width]}
   * @param sumsAt index of the first
   */
  void mix(
      float[] weights,
      int weightsAt,
      int weightStride,
      int rows,
      MemorySegment values,
      long offset,
      int count,
      int width,
      float[] sums,
      int sumsAt);
}
