package io.quire.gpu.plan;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import java.util.Arrays;

/**
 * What fills a decode step up to its bucket: sequences of one token, which have a slot and a block
 * that no request is ever given. All of them compute the same, in the same places; nobody reads it.
 */
final class Padding {
  private static final int WORDS = 3;

  private final StepArea area;
  private final int[] numbers;
  private final int[] zeros;
  private final int[] ones;
  private final int[] slots;
  private final int[] targets;
  private final int[] cacheSlots;
  private final int[] updates;

  /**
   * Takes the place of padding.
   *
   * @param area where steps are written
   * @param options the plan's sizes; the slot behind the last one is for padding
   * @param block the block for padding
   * @param most sequences of a padded step
   */
  Padding(StepArea area, PlanOptions options, int block, int most) {
    this.area = area;
    numbers = new int[most + 1];
    Arrays.setAll(numbers, i -> i);
    zeros = new int[most];
    ones = filled(most, 1);
    slots = filled(most, options.maxSequences());
    targets = filled(most, StepBatch.SAMPLE);
    cacheSlots = filled(most, Math.multiplyExact(block, options.blockTokens()));
    updates = new int[WORDS * most];
    for (int i = 0; i < most; i++) {
      updates[WORDS * i] = options.maxSequences();
      updates[WORDS * i + 2] = block;
    }
  }

  private static int[] filled(int length, int value) {
    int[] array = new int[length];
    Arrays.fill(array, value);
    return array;
  }

  /**
   * Writes a decode step and its padding into staging memory. Of table updates padding comes first:
   * kernels may look at all updates behind each, of which those that mean something are few.
   *
   * @param batch one token, one row and at most one table update a sequence
   * @param table knows the batch's blocks
   * @param flight the memory
   * @param bucket sequences of the padded step
   */
  void fill(StepBatch batch, TableMirror table, Flight flight, int bucket) {
    int count = batch.sequences();
    int rest = bucket - count;
    area.fill(flight, batch, table, count);
    flight.put(area.queryStart + count + 1, numbers, count + 1, rest);
    flight.put(area.seqLens + count, ones, 0, rest);
    flight.put(area.seqSlots + count, slots, 0, rest);
    flight.put(area.ids + count, zeros, 0, rest);
    flight.put(area.positions + count, zeros, 0, rest);
    flight.put(area.cacheSlots + count, cacheSlots, 0, rest);
    flight.put(area.rowTokens + count, numbers, count, rest);
    flight.put(area.rowSlots + count, slots, 0, rest);
    flight.put(area.rowPositions + count, ones, 0, rest);
    flight.put(area.rowOutputs + count, zeros, 0, rest);
    flight.put(area.rowTargets + count, targets, 0, rest);
    int before = bucket - batch.tableUpdateCount();
    flight.put(area.updates, updates, 0, WORDS * before);
    area.fillUpdates(flight, batch, before);
  }
}
