package io.quire.backend.cpu.plan;

import io.quire.api.model.AttentionSpec;
import io.quire.api.model.Op;
import io.quire.backend.cpu.kernel.Kernels;
import java.util.Arrays;

/**
 * Attention over the paged cache. A piece is a few neighbouring tokens of a sequence and one KV
 * head with its group of query heads. Each row's scores, maximum, weights and sums follow the
 * absolute positions of the keys in rising order, so that neither the tokens beside it nor the
 * chunking of its prompt changes a bit.
 */
final class AttentionStage implements Stage, Task {
  private final Kernels kernels;
  private final KvCache cache;
  private final AttentionSpec spec;
  private final int layer;
  private final int scoreStride;
  private final Matrix q;
  private final Matrix out;
  private final int group;
  private final int width;
  private StepState step;

  AttentionStage(
      Kernels kernels, KvCache cache, Op.Attention op, int scoreStride, Matrix q, Matrix out) {
    this.kernels = kernels;
    this.cache = cache;
    this.spec = op.spec();
    this.layer = op.layer();
    this.scoreStride = scoreStride;
    this.q = q;
    this.out = out;
    group = spec.queryHeads() / spec.kvHeads();
    width = Kernels.padded(spec.headDim());
  }

  @Override
  public void run(StepState now) {
    step = now;
    now.pool.run(this, now.tiles * spec.kvHeads());
  }

  @Override
  public void run(int item, Worker worker) {
    // Late tiles of a chunk see the most keys; taken first, they leave the short ones for the end.
    int tile = step.tiles - 1 - item / spec.kvHeads();
    int head = item % spec.kvHeads();
    int rows = gather(tile, head, worker);
    int[] table = step.tables[step.tileSlot[tile]];
    int firstBlock = worker.starts[0] / step.blockTokens;
    int lastBlock = worker.ends[rows - 1] / step.blockTokens;
    int base = firstBlock * step.blockTokens;
    for (int b = firstBlock; b <= lastBlock; b++) {
      kernels.scores(
          worker.queries,
          rows,
          spec.headDim(),
          cache.memory(),
          cache.keys(table[b], layer, head),
          cache.keyStride(),
          worker.scores,
          b * step.blockTokens - base,
          scoreStride);
    }
    weigh(rows, base, worker);
    Arrays.fill(worker.sums, 0, rows * width, 0);
    for (int b = firstBlock; b <= lastBlock; b++) {
      mixBlock(b, cache.values(table[b], layer, head), rows, base, worker);
    }
    scatter(tile, head, worker);
  }

  /** Copies the tile's queries together, scaled; the last row again up to whole query tiles. */
  private int gather(int tile, int head, Worker worker) {
    int real = step.tileCount[tile] * group;
    int rows = (real + Kernels.QUERY_TILE - 1) / Kernels.QUERY_TILE * Kernels.QUERY_TILE;
    for (int r = 0; r < rows; r++) {
      int source = Math.min(r, real - 1);
      int token = step.tileFirst[tile] + source / group;
      int from = q.row(token) + (head * group + source % group) * spec.headDim();
      Elementwise.scale(
          q.data(), from, spec.scale(), worker.queries, r * spec.headDim(), spec.headDim());
      int position = step.positions[token];
      worker.ends[r] = position;
      worker.starts[r] = spec.window() > 0 ? Math.max(0, position - spec.window() + 1) : 0;
    }
    return rows;
  }

  private void weigh(int rows, int base, Worker worker) {
    for (int r = 0; r < rows; r++) {
      int at = r * scoreStride + worker.starts[r] - base;
      int count = worker.ends[r] - worker.starts[r] + 1;
      if (spec.softcap() > 0) {
        Elementwise.softcap(worker.scores, at, spec.softcap(), worker.scores, at, count);
      }
      worker.totals[r] = kernels.softmaxTerms(worker.scores, at, count);
    }
  }

  private void mixBlock(int block, long values, int rows, int base, Worker worker) {
    int blockStart = block * step.blockTokens;
    int blockEnd = blockStart + step.blockTokens;
    for (int r = 0; r < rows; r += Kernels.QUERY_TILE) {
      // Rows rise by position: the last starts latest, the first ends first.
      int last = r + Kernels.QUERY_TILE - 1;
      int from = Math.max(blockStart, worker.starts[last]);
      int to = Math.min(blockEnd, worker.ends[r] + 1);
      if (from >= to) {
        from = blockEnd;
        to = blockEnd;
      }
      for (int i = r; i <= last; i++) {
        int start = Math.max(blockStart, worker.starts[i]);
        mix(values, blockStart, start, Math.min(from, worker.ends[i] + 1), i, 1, base, worker);
      }
      mix(values, blockStart, from, to, r, Kernels.QUERY_TILE, base, worker);
      for (int i = r; i <= last; i++) {
        int start = Math.max(to, worker.starts[i]);
        int end = Math.min(blockEnd, worker.ends[i] + 1);
        mix(values, blockStart, start, end, i, 1, base, worker);
      }
    }
  }

  /** Adds the values of positions from {@code from} to before {@code to} to one row or four. */
  private void mix(
      long values, int blockStart, int from, int to, int row, int rows, int base, Worker worker) {
    if (from < to) {
      kernels.mix(
          worker.scores,
          row * scoreStride + from - base,
          scoreStride,
          rows,
          cache.memory(),
          values + (long) (from - blockStart) * width * Float.BYTES,
          to - from,
          width,
          worker.sums,
          row * width);
    }
  }

  private void scatter(int tile, int head, Worker worker) {
    int real = step.tileCount[tile] * group;
    for (int r = 0; r < real; r++) {
      int token = step.tileFirst[tile] + r / group;
      int to = out.row(token) + (head * group + r % group) * spec.headDim();
      Elementwise.scale(
          worker.sums, r * width, 1 / worker.totals[r], out.data(), to, spec.headDim());
    }
  }
}
