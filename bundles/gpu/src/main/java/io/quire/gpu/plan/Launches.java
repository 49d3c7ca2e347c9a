package io.quire.gpu.plan;

import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.gpu.kernel.Sizes;

/** Queues what a step consists of, copy by copy and launch by launch. */
final class Launches {
  private final Prepared parts;
  private final Prepared.Model model;
  private final BoundStage.Step step;

  Launches(Prepared parts) {
    this.parts = parts;
    model = parts.model();
    step = new BoundStage.Step(parts.memory().queue());
  }

  /** Launches every kernel once: one token of a sequence of one, whose results nobody reads. */
  void warmUp(KernelSet kernels, Flight flight) {
    kernels.scratch().clear(step.queue);
    flight.put(model.area().queryStart + 1, 1);
    flight.put(model.area().seqLens, 1);
    flight.upload(model.area(), model.area().words);
    kernels.warmUp(step);
    parts.memory().finish("run its kernels once");
  }

  /** Queues what comes before anything is computed: copies of blocks, and slots for sequences. */
  void begin(StepBatch batch, Flight flight, KernelSet kernels) {
    for (int i = 0; i < batch.copyCount(); i++) {
      parts.kv().copy(parts.memory(), batch.copies()[2 * i], batch.copies()[2 * i + 1]);
    }
    for (SlotAssignment assignment : batch.assignments()) {
      model.sampling().assign(assignment, flight, a -> assign(a, flight, kernels));
    }
  }

  private void assign(SlotAssignment a, Flight flight, KernelSet kernels) {
    flight.upload(a.tokens(), 0, a.length(), model.assigned(), 0);
    kernels.assign().program().setInt("slot", a.slot());
    kernels.assign().program().setInt("prompt_length", a.promptLength());
    step.rows = 1;
    step.sizes.set(Sizes.N, a.length());
    kernels.assign().run(step);
  }

  /**
   * Queues a step of any kind, what {@link #begin} brings excepted.
   *
   * @param batch the step
   * @param flight its staging memory
   * @param kernels computes it
   * @param alternatives whether the results have some
   */
  void any(StepBatch batch, Flight flight, KernelSet kernels, boolean alternatives) {
    StepArea area = model.area();
    area.fill(flight, batch, model.table(), model.round());
    area.fillUpdates(flight, batch, 0);
    flight.upload(area, area.wordsFor(batch.tokens()));
    for (int from = 0; from < batch.tableUpdateCount(); from += StepArea.UPDATES) {
      int part = Math.min(StepArea.UPDATES, batch.tableUpdateCount() - from);
      if (from > 0) {
        flight.upload(batch.tableUpdates(), 3 * from, 3 * part, area.buffer(), 4L * area.updates);
      }
      updateTable(part, kernels);
    }
    if (batch.tokens() > 0) {
      tokens(batch.tokens(), batch.sequences(), singles(batch), kernels);
    }
    for (int from = 0; from < batch.rows(); from += model.round()) {
      int count = Math.min(model.round(), batch.rows() - from);
      if (from > 0) {
        area.uploadRows(flight, batch, from, count);
      }
      rows(from, count, flight, kernels, alternatives);
    }
  }

  /**
   * Queues a step of sequences with one token, one row and one table update each, which lie in
   * staging memory. Whatever they are, the same is queued.
   *
   * @param sequences how many
   * @param flight the staging memory
   * @param kernels computes it
   * @param alternatives whether the results have some
   */
  void decode(int sequences, Flight flight, KernelSet kernels, boolean alternatives) {
    flight.upload(model.area(), model.area().wordsFor(sequences));
    updateTable(sequences, kernels);
    tokens(sequences, sequences, sequences, kernels);
    rows(0, sequences, flight, kernels, alternatives);
  }

  private void updateTable(int count, KernelSet kernels) {
    step.rows = 1;
    step.sizes.set(Sizes.N, count);
    kernels.update().run(step);
  }

  /** How many sequences come first that have one token each. */
  private static int singles(StepBatch batch) {
    int count = 0;
    while (count < batch.sequences() && batch.queryStart()[count + 1] == count + 1) {
      count++;
    }
    return count;
  }

  /** What is computed for tokens. */
  private void tokens(int tokens, int sequences, int singles, KernelSet kernels) {
    step.sizes.set(Sizes.TOKENS, tokens);
    step.sizes.set(Sizes.SEQS, sequences);
    step.singles = singles;
    step.rows = tokens;
    kernels.resolve().run(step);
    run(kernels.tokens());
  }

  /** A round of rows: logits, tokens, and the copy of what came out. */
  private void rows(int from, int count, Flight flight, KernelSet kernels, boolean alternatives) {
    step.rows = count;
    run(kernels.logits());
    kernels.sample().run(step);
    Results results = model.results();
    if (results.apart()) {
      step.queue.copy(results.buffer(), 0, results.sampled(), 4L * from, 4L * count);
    }
    long at = from / model.round() * results.bytes(true);
    step.queue.download(results.buffer(), 0, flight.down(), at, results.bytes(alternatives));
  }

  private void run(BoundStage[] stages) {
    for (BoundStage stage : stages) {
      stage.run(step);
    }
  }
}
