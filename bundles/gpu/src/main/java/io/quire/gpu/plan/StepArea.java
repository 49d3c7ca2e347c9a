package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;

/**
 * What changes with every step, in one piece of device memory, so that one copy brings it. All
 * parts are whole numbers of 32 bits; staging memory has the same layout.
 */
final class StepArea {
  /** Table updates that one launch takes. */
  static final int UPDATES = 2048;

  private static final int ALIGNMENT = 64;

  final int queryStart;
  final int seqLens;
  final int seqSlots;
  final int rowTokens;
  final int rowSlots;
  final int rowPositions;
  final int rowOutputs;
  final int rowTargets;
  final int updates;
  final int ids;
  final int positions;
  final int cacheSlots;
  final int words;
  private final DeviceBuffer buffer;
  private final int[] batchPositions;
  private final int[] batchCacheSlots;
  private int next;

  /**
   * Lays the area out.
   *
   * @param options the plan's sizes
   * @param rows rows of logits computed at a time
   * @param memory where it is allocated
   */
  StepArea(PlanOptions options, int rows, DeviceMemory memory) {
    queryStart = part(options.maxSequences() + 1);
    seqLens = part(options.maxSequences());
    seqSlots = part(options.maxSequences());
    rowTokens = part(rows);
    rowSlots = part(rows);
    rowPositions = part(rows);
    rowOutputs = part(rows);
    rowTargets = part(rows);
    updates = part(3 * UPDATES);
    ids = part(options.maxTokens());
    positions = part(options.maxTokens());
    cacheSlots = part(options.maxTokens());
    words = next;
    batchPositions = new int[options.maxTokens()];
    batchCacheSlots = new int[options.maxTokens()];
    buffer = memory.allocate(4L * words);
  }

  private int part(int length) {
    int start = next;
    next = Math.addExact(start, Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT);
    return start;
  }

  /** {@return the whole area} */
  DeviceBuffer buffer() {
    return buffer;
  }

  /** {@return a part of it} */
  DeviceBuffer slice(int start, int length) {
    return buffer.slice(4L * start, 4L * length);
  }

  /** {@return how many words a step of so many tokens brings: the part that grows is the last} */
  int wordsFor(int tokens) {
    return cacheSlots + tokens;
  }

  /**
   * Writes a batch, without its table updates, into a step's staging memory.
   *
   * @param flight the memory
   * @param batch a batch that was checked
   * @param table knows the batch's blocks
   * @param round rows of the first round, the others come by {@link #uploadRows}
   */
  void fill(Flight flight, StepBatch batch, TableMirror table, int round) {
    int sequences = batch.sequences();
    flight.put(queryStart, batch.queryStart(), 0, sequences + 1);
    flight.put(seqLens, batch.sequenceLengths(), 0, sequences);
    flight.put(seqSlots, batch.sequenceSlots(), 0, sequences);
    flight.put(ids, batch.tokenIds(), 0, batch.tokens());
    int rows = Math.min(round, batch.rows());
    flight.put(rowTokens, batch.rowTokens(), 0, rows);
    flight.put(rowSlots, batch.rowSlots(), 0, rows);
    flight.put(rowPositions, batch.rowPositions(), 0, rows);
    flight.put(rowOutputs, batch.rowOutputs(), 0, rows);
    flight.put(rowTargets, batch.rowTargets(), 0, rows);
    for (int s = 0; s < sequences; s++) {
      int slot = batch.sequenceSlots()[s];
      int end = batch.queryStart()[s + 1];
      int position = batch.sequenceLengths()[s] - (end - batch.queryStart()[s]);
      for (int t = batch.queryStart()[s]; t < end; t++, position++) {
        batchPositions[t] = position;
        batchCacheSlots[t] = table.cacheSlot(slot, position);
      }
    }
    flight.put(positions, batchPositions, 0, batch.tokens());
    flight.put(cacheSlots, batchCacheSlots, 0, batch.tokens());
  }

  /**
   * Writes a batch's table updates into a step's staging memory, as many as one launch takes.
   *
   * @param flight the memory
   * @param batch a batch that was checked
   * @param place of the first one among those that are launched with them
   */
  void fillUpdates(Flight flight, StepBatch batch, int place) {
    int count = Math.min(UPDATES, batch.tableUpdateCount());
    flight.put(updates + 3 * place, batch.tableUpdates(), 0, 3 * count);
  }

  /** Queues the copy of a further round's rows. */
  void uploadRows(Flight flight, StepBatch batch, int from, int count) {
    flight.upload(batch.rowTokens(), from, count, buffer, 4L * rowTokens);
    flight.upload(batch.rowSlots(), from, count, buffer, 4L * rowSlots);
    flight.upload(batch.rowPositions(), from, count, buffer, 4L * rowPositions);
    flight.upload(batch.rowOutputs(), from, count, buffer, 4L * rowOutputs);
    flight.upload(batch.rowTargets(), from, count, buffer, 4L * rowTargets);
  }
}
