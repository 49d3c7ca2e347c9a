package io.quire.gpu.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A part of a step, before kernels are chosen for it. */
sealed interface Stage {
  /** Rows of a branch that takes any number. */
  int ANY = Integer.MAX_VALUE;

  /** {@return every call, of all branches} */
  List<Call> calls();

  /**
   * Whether it can run.
   *
   * @param there says which calls have a kernel
   * @return true if it can, whatever the step
   */
  boolean possible(Predicate<Call> there);

  /** A call that is always made. */
  record Single(Call call) implements Stage {
    @Override
    public List<Call> calls() {
      return List.of(call);
    }

    @Override
    public boolean possible(Predicate<Call> there) {
      return there.test(call);
    }
  }

  /**
   * Attention: of the sequences that have one token and come first, and of the others.
   *
   * @param singles ways by the number of sequences; without one the other takes all sequences
   * @param any takes any number of tokens a sequence
   */
  record Attention(Choice singles, Call any) implements Stage {
    @Override
    public List<Call> calls() {
      List<Call> calls = new ArrayList<>(singles.calls());
      calls.add(any);
      return calls;
    }

    @Override
    public boolean possible(Predicate<Call> there) {
      return there.test(any);
    }
  }

  /**
   * Ways to compute the same; the first that is possible and takes the step's rows is used.
   *
   * @param branches the last one takes every step
   */
  record Choice(List<Branch> branches) implements Stage {
    public Choice {
      branches = List.copyOf(branches);
    }

    @Override
    public List<Call> calls() {
      List<Call> calls = new ArrayList<>();
      branches.forEach(branch -> branch.stages().forEach(stage -> calls.addAll(stage.calls())));
      return calls;
    }

    @Override
    public boolean possible(Predicate<Call> there) {
      return branches.stream().anyMatch(b -> b.rows() == ANY && b.possible(there));
    }
  }

  /**
   * One way.
   *
   * @param rows most rows that it takes
   * @param stages in order
   */
  record Branch(int rows, List<Stage> stages) {
    public Branch {
      stages = List.copyOf(stages);
    }

    boolean possible(Predicate<Call> there) {
      return stages.stream().allMatch(stage -> stage.possible(there));
    }
  }
}
