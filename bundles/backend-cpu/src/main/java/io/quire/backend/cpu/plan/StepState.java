package io.quire.backend.cpu.plan;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.model.Value;

/** The step at hand, as stages see it. Written by the plan's thread between tasks. */
final class StepState {
  final WorkerPool pool;
  final int blockTokens;

  /** Blocks of each slot's sequence. */
  final int[][] tables;

  int tokens;

  /** Token ids, {@code [tokens]}, none negative. */
  final int[] ids;

  /** Position of each token in its sequence. */
  final int[] positions;

  /** KV block of each token. */
  final int[] blocks;

  /** Attention tiles: neighbouring tokens of one sequence. */
  int tiles;

  final int[] tileFirst;
  final int[] tileCount;
  final int[] tileSlot;

  /** Rows of logits computed now: a part of the batch's. */
  int firstRow;

  int rows;

  /** The token after which each row's logits are taken. */
  int[] rowTokens;

  private final int tileTokens;

  StepState(PlanOptions options, WorkerPool pool, int tileTokens) {
    this.pool = pool;
    this.tileTokens = tileTokens;
    blockTokens = options.blockTokens();
    int most = (options.maxSequenceLength() + blockTokens - 1) / blockTokens;
    tables = new int[options.maxSequences()][most];
    ids = new int[options.maxTokens()];
    positions = new int[options.maxTokens()];
    blocks = new int[options.maxTokens()];
    tileFirst = new int[options.maxTokens()];
    tileCount = new int[options.maxTokens()];
    tileSlot = new int[options.maxTokens()];
  }

  /** How many rows a value has now. */
  int count(Value.Rows rowKind) {
    return rowKind == Value.Rows.TOKENS ? tokens : rows;
  }

  /**
   * Takes a batch in: token ids, positions, blocks, tiles.
   *
   * @param batch checked before
   * @param previous tokens of the previous step's rows
   */
  void load(StepBatch batch, int[] previous) {
    tokens = batch.tokens();
    for (int t = 0; t < tokens; t++) {
      int id = batch.tokenIds()[t];
      ids[t] = id >= 0 ? id : previous[-(id + 1)];
    }
    tiles = 0;
    for (int s = 0; s < batch.sequences(); s++) {
      int from = batch.queryStart()[s];
      int to = batch.queryStart()[s + 1];
      int slot = batch.sequenceSlots()[s];
      int first = batch.sequenceLengths()[s] - (to - from);
      for (int t = from; t < to; t++) {
        positions[t] = first + t - from;
        blocks[t] = tables[slot][positions[t] / blockTokens];
      }
      addTiles(from, to, slot);
    }
    rowTokens = batch.rowTokens();
  }

  private void addTiles(int from, int to, int slot) {
    for (int t = from; t < to; t += tileTokens) {
      tileFirst[tiles] = t;
      tileCount[tiles] = Math.min(tileTokens, to - t);
      tileSlot[tiles] = slot;
      tiles++;
    }
  }
}
