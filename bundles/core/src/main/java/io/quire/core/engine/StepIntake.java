package io.quire.core.engine;

import io.quire.api.device.StepOutput;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;

/** Takes a step's output in: tokens to their sequences and to the output side, ends, retries. */
final class StepIntake {
  private static final Logger LOG = System.getLogger(StepIntake.class.getName());

  private final Lane lane;
  private final Lane.Owner owner;
  private final HandOver out;
  private final Counters counters;
  private final int vocabularySize;

  StepIntake(Lane lane, Lane.Owner owner, HandOver out, Counters counters, int vocabularySize) {
    this.lane = lane;
    this.owner = owner;
    this.out = out;
    this.counters = counters;
    this.vocabularySize = vocabularySize;
  }

  void take(Flight flight, StepOutput output) {
    for (int row = 0; row < flight.rows(); row++) {
      EngineSequence sequence = flight.sequence(row);
      if (flight.current(row)) {
        try {
          takeRow(flight, output, row, sequence);
        } catch (RuntimeException e) {
          LOG.log(Level.ERROR, "request " + sequence.request.request.id() + " ends: its row", e);
          owner.fail(sequence.request, error(sequence, "its output could not be taken: " + e));
        }
      }
    }
    for (EngineSequence sequence : flight.withoutRow) {
      if (sequence.state == EngineSequence.State.FINISHING) {
        for (int i = 0; i < sequence.request.request.choices(); i++) {
          out.current().addEnd(sequence.request.output.choice(i), FinishReason.LENGTH);
        }
        lane.end(sequence);
      }
    }
  }

  private void takeRow(Flight flight, StepOutput output, int row, EngineSequence sequence) {
    int position = flight.position(row);
    int token = output.tokens()[row];
    if (output.invalid()[row] || token < 0 || token >= vocabularySize) {
      retry(sequence, position);
    } else if (position != Flight.SAMPLED) {
      out.current().addScore(sequence.output, position, output, row);
    } else {
      takeToken(sequence, output, row, token);
    }
  }

  private void takeToken(EngineSequence sequence, StepOutput output, int row, int token) {
    sequence.accept(token);
    counters.generatedTokens.add(1);
    ActiveRequest request = sequence.request;
    int before = sequence.knownLength() - 1 - sequence.promptLength();
    if (before >= request.request.minTokens()
        && Arrays.binarySearch(request.endTokens, token) >= 0) {
      out.current().addEndToken(sequence.output, FinishReason.STOP, output, row);
      lane.end(sequence);
      return;
    }
    out.current().addToken(sequence.output, output, row);
    if (sequence.knownLength() >= sequence.limit) {
      out.current().addEnd(sequence.output, FinishReason.LENGTH);
      lane.end(sequence);
    }
  }

  /**
   * A row held no number to choose by. The cache may hold such values too, so it is computed again
   * from nothing; what fails twice is no accident.
   */
  private void retry(EngineSequence sequence, int position) {
    ActiveRequest request = sequence.request;
    boolean halfScored = position != Flight.SAMPLED && request.sequences.length > 1;
    if (sequence.retried || halfScored) {
      owner.fail(
          request,
          error(
              sequence,
              "the logits hold no number, even when computed again; the model or its device is"
                  + " broken"));
      return;
    }
    sequence.retried = true;
    lane.restart(sequence);
  }

  private static EngineException error(EngineSequence sequence, String what) {
    return new EngineException(
        EngineException.Kind.INTERNAL,
        "",
        0,
        Message.of(
            "request %s, choice %d, after %d tokens: %s",
            sequence.request.request.id(), sequence.choice, sequence.knownLength(), what));
  }
}
