package io.quire.gpu.plan;

import io.quire.api.device.DeviceBuffer;
import io.quire.gpu.kernel.Arguments;
import java.util.List;
import java.util.Map;

/**
 * The calls of every step, whatever the model: tokens, block table, sampling.
 *
 * @param resolve puts sampled tokens in place of row numbers
 * @param update changes the block table
 * @param assign counts the tokens of a sequence
 * @param sample draws tokens
 */
record FixedCalls(Call resolve, Call update, Call assign, Call sample) {
  /** What they work on. */
  record Buffers(
      StepArea area,
      DeviceBuffer ids,
      DeviceBuffer table,
      int tableStride,
      DeviceBuffer assigned,
      DeviceBuffer logits,
      int logitRows) {}

  static FixedCalls of(Calls calls, Buffers b, SamplingState sampling, Results results) {
    StepArea area = b.area();
    Call resolve =
        calls.call(
            "tokens.resolve",
            calls.element(),
            Map.of(),
            1,
            1,
            new Arguments().buffer("ids", b.ids()).buffer("sampled", results.sampled()));
    Call update =
        calls.call(
            "table.update",
            calls.element(),
            Map.of(),
            1,
            1,
            new Arguments()
                .buffer("block_table", b.table())
                .buffer("updates", area.slice(area.updates, 3 * StepArea.UPDATES))
                .number("table_stride", b.tableStride()));
    Arguments counted = sampling.offer(new Arguments());
    counted.buffer("ids", b.assigned()).number("slot", 0).number("prompt_length", 0);
    Call assign =
        calls.call(
            "sample.assign", "f32", Map.of("VOCAB", sampling.shape().get("VOCAB")), 1, 1, counted);
    Arguments drawn = results.offer(sampling.offer(new Arguments()));
    drawn
        .buffer("logits", b.logits())
        .buffer("row_slots", area.slice(area.rowSlots, b.logitRows()))
        .buffer("row_positions", area.slice(area.rowPositions, b.logitRows()))
        .buffer("row_outputs", area.slice(area.rowOutputs, b.logitRows()))
        .buffer("row_targets", area.slice(area.rowTargets, b.logitRows()));
    Call sample = calls.call("sample", "f32", sampling.shape(), b.logitRows(), 1, drawn);
    return new FixedCalls(resolve, update, assign, sample);
  }

  List<Stage> stages() {
    return List.of(
        new Stage.Single(resolve),
        new Stage.Single(update),
        new Stage.Single(assign),
        new Stage.Single(sample));
  }
}
