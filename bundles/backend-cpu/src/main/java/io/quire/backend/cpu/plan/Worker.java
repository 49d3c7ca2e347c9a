package io.quire.backend.cpu.plan;

import io.quire.backend.cpu.kernel.Kernels;
import io.quire.backend.cpu.kernel.Scratch;
import io.quire.backend.cpu.sampling.RowSampler;

/** The memory that one thread computes in, allocated once for the largest op of a graph. */
final class Worker {
  /** Memory for products. */
  final Scratch scratch;

  /** Two tiles of products, {@code [ROW_BLOCK][PANEL]}. */
  final float[][] tiles;

  /** A row of any activation. */
  final float[] row;

  /** Another row. */
  final float[] gated;

  /** Queries of an attention tile, {@code [rows][headDim]}. */
  final float[] queries;

  /** Scores of an attention tile, {@code [rows][context]}. */
  final float[] scores;

  /** Sums of an attention tile, {@code [rows][padded headDim]}. */
  final float[] sums;

  /** First and last position that each row of an attention tile sees, and its sum of weights. */
  final int[] starts;

  final int[] ends;
  final float[] totals;

  final RowSampler sampler;

  /**
   * Allocates it.
   *
   * @param sizes what the graph needs
   * @param kernels the arithmetic
   */
  Worker(Sizes sizes, Kernels kernels) {
    scratch = new Scratch(sizes.depth);
    tiles = new float[2][LinearStage.ROW_BLOCK * Kernels.PANEL];
    row = new float[Math.max(sizes.depth, Kernels.PANEL)];
    gated = new float[row.length];
    queries = new float[Math.multiplyExact(sizes.attentionRows, sizes.headDim)];
    scores = new float[Math.multiplyExact(sizes.attentionRows, sizes.scoreStride)];
    sums = new float[queries.length];
    starts = new int[sizes.attentionRows];
    ends = new int[sizes.attentionRows];
    totals = new float[sizes.attentionRows];
    sampler = new RowSampler(kernels, sizes.vocabulary);
  }

  /** The largest sizes in a graph. */
  static final class Sizes {
    /** Padded width of the widest value. */
    int depth;

    /** Rows of an attention tile, padded. */
    int attentionRows = Kernels.QUERY_TILE;

    /** Padded width of the widest head. */
    int headDim = Kernels.LANES;

    /** Scores of one row. */
    int scoreStride = Kernels.LANES;

    /** Width of the logits. */
    int vocabulary;
  }
}
