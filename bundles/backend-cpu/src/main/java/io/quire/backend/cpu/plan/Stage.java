package io.quire.backend.cpu.plan;

/** A part of a compiled graph. Called on the plan's thread; spreads its work over the pool. */
interface Stage {
  /**
   * Computes the stage's outputs for the step at hand.
   *
   * @param step the step
   */
  void run(StepState step);
}
