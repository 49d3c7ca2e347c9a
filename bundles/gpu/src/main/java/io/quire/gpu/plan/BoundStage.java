package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.gpu.kernel.BoundProgram;
import io.quire.gpu.kernel.Sizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A stage with its kernels, ready to be launched. */
interface BoundStage {
  /** Queues it. */
  void run(Step step);

  /** The numbers of the step that is being queued. One object, reused. */
  final class Step {
    final CommandQueue queue;
    final Sizes sizes = new Sizes();
    int rows;

    /** Sequences that come first and have one token each. */
    int singles;

    Step(CommandQueue queue) {
      this.queue = queue;
    }
  }

  /**
   * Puts stages together from bound calls.
   *
   * @param stages all of them possible
   * @param calls the calls for which there is a kernel
   * @return as many
   */
  static BoundStage[] bind(List<Stage> stages, Map<Call, One> calls) {
    return stages.stream().map(stage -> bind(stage, calls)).toArray(BoundStage[]::new);
  }

  private static BoundStage bind(Stage stage, Map<Call, One> calls) {
    return switch (stage) {
      case Stage.Single(Call call) -> calls.get(call);
      case Stage.Attention(Stage.Choice singles, Call any) -> {
        Several ways = several(singles, calls);
        yield ways.most() > 0 ? new Attention(ways, calls.get(any)) : calls.get(any);
      }
      case Stage.Choice choice -> several(choice, calls);
    };
  }

  private static Several several(Stage.Choice choice, Map<Call, One> calls) {
    List<Way> ways = new ArrayList<>();
    for (Stage.Branch branch : choice.branches()) {
      if (branch.possible(calls::containsKey)) {
        ways.add(new Way(branch.rows(), bind(branch.stages(), calls)));
      }
    }
    return new Several(ways.toArray(Way[]::new));
  }

  /** A call. */
  record One(BoundProgram program, int rowFactor) implements BoundStage {
    @Override
    public void run(Step step) {
      step.sizes.set(Sizes.ROWS, step.rows * rowFactor);
      program.launch(step.queue, step.sizes);
    }
  }

  /** Sequences with one token by one kernel, those behind them by another. */
  record Attention(Several singles, One any) implements BoundStage {
    @Override
    public void run(Step step) {
      int tokens = step.sizes.get(Sizes.TOKENS);
      int sequences = step.sizes.get(Sizes.SEQS);
      int alone = step.singles <= singles.most() ? step.singles : 0;
      if (alone > 0) {
        step.rows = alone;
        step.sizes.set(Sizes.TOKENS, alone).set(Sizes.SEQS, alone);
        singles.run(step);
      }
      if (alone < sequences) {
        step.rows = tokens - alone;
        step.sizes.set(Sizes.TOKENS, tokens - alone).set(Sizes.SEQS, sequences - alone);
        any.program().setInt("skip", alone);
        any.run(step);
      }
      step.rows = tokens;
      step.sizes.set(Sizes.TOKENS, tokens).set(Sizes.SEQS, sequences);
    }
  }

  /** One of several ways. */
  record Way(int rows, BoundStage[] stages) {}

  /** The first way that takes the step. */
  record Several(Way[] ways) implements BoundStage {
    /** {@return the greatest number of rows that any of them takes, 0 if there is none} */
    int most() {
      return ways.length == 0 ? 0 : ways[ways.length - 1].rows();
    }

    @Override
    public void run(Step step) {
      for (Way way : ways) {
        if (step.rows <= way.rows()) {
          for (BoundStage stage : way.stages()) {
            stage.run(step);
          }
          return;
        }
      }
    }
  }
}
