package io.quire.gpu.plan;

import io.quire.gpu.kernel.Sizes;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A plan's kernels at one time, ready to be launched: compiled, bound to the plan's memory. It
 * never changes; where a kernel is replaced, another set takes its place, which has most things in
 * common with this one.
 *
 * @param programs the kernels by demand
 * @param calls every call with its kernel
 * @param scratch memory that the kernels share
 * @param tokens computed for tokens
 * @param logits computed for rows of logits
 * @param resolve puts sampled tokens in place of row numbers
 * @param update changes the block table
 * @param assign counts the tokens of a sequence
 * @param sample draws tokens
 */
record KernelSet(
    Map<Demand, Program> programs,
    IdentityHashMap<Call, BoundStage.One> calls,
    Scratch scratch,
    BoundStage[] tokens,
    BoundStage[] logits,
    BoundStage.One resolve,
    BoundStage.One update,
    BoundStage.One assign,
    BoundStage.One sample) {
  /** {@return what is to be closed when no set has it any more} */
  Set<AutoCloseable> parts() {
    Set<AutoCloseable> parts = new HashSet<>(scratch.buffers());
    programs.values().forEach(program -> parts.add(program.kernels()));
    return parts;
  }

  /** {@return what this has and none of the others} */
  Set<AutoCloseable> without(Stream<KernelSet> others) {
    Set<AutoCloseable> parts = parts();
    others.forEach(other -> parts.removeAll(other.parts()));
    return parts;
  }

  /**
   * Launches every kernel once, for one token: some drivers finish compiling only then, and a
   * request should not wait for that.
   */
  void warmUp(BoundStage.Step step) {
    for (int size : new int[] {Sizes.TOKENS, Sizes.SEQS, Sizes.N}) {
      step.sizes.set(size, 1);
    }
    step.rows = 1;
    Set<Demand> seen = new HashSet<>();
    calls.forEach((call, bound) -> {
      if (seen.add(call.demand())) {
        bound.run(step);
      }
    });
  }
}
