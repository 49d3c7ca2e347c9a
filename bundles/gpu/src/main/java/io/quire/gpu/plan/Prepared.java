package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a plan consists of before it has a cache.
 *
 * @param memory the plan's memory and queue
 * @param model what is computed
 * @param kv the cache
 * @param programs the kernels by demand
 * @param compiler finds better ones
 */
record Prepared(
    DeviceMemory memory,
    Model model,
    KvMemory kv,
    Map<Demand, Program> programs,
    Programs compiler) {
  /**
   * A model in its place, without kernels.
   *
   * @param vocabulary logits of a row
   * @param round rows of logits computed at a time
   * @param area what every step brings
   * @param table the block table
   * @param results what a round of rows gives
   * @param sampling how tokens are drawn
   * @param assigned tokens of a sequence that gets a slot
   * @param tokenStages computed for tokens
   * @param logitStages computed for rows of logits
   * @param fixed calls that every model has
   */
  record Model(
      int vocabulary,
      int round,
      StepArea area,
      TableMirror table,
      Results results,
      SamplingState sampling,
      DeviceBuffer assigned,
      List<Stage> tokenStages,
      List<Stage> logitStages,
      FixedCalls fixed) {
    /** {@return rounds for so many rows} */
    int rounds(int rows) {
      return Math.ceilDiv(rows, round);
    }

    /** {@return every stage} */
    List<Stage> stages() {
      List<Stage> all = new ArrayList<>(tokenStages);
      all.addAll(logitStages);
      all.addAll(fixed.stages());
      return all;
    }
  }
}
