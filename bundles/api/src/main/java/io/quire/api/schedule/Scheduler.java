package io.quire.api.schedule;

import io.quire.api.cache.BlockManager;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Service, prototype scope: decides which sequences run in the next step, and with how many tokens.
 * There are no phases: every sequence has tokens that are not computed yet, and a step computes
 * some of them. One thread.
 *
 * <p>Rules a scheduler keeps: the chosen tokens do not exceed {@link SchedulerLimits#maxTokens};
 * the {@link Sequence#slots()} of running sequences do not exceed {@link
 * SchedulerLimits#maxSequences}; blocks for every chosen token are reserved; at least one sequence
 * makes progress while any can. A sequence that loses its blocks (preemption) waits, keeps its
 * place in the order of arrival, and is computed again.
 */
@ConsumerType
public interface Scheduler {
  /** Service property: the policy's name, such as {@code fcfs} or {@code priority}. */
  String POLICY = "policy";

  /**
   * Sets the limits, once, before anything else.
   *
   * @param limits what a step may hold
   * @param blocks the lane's cache
   */
  void open(SchedulerLimits limits, BlockManager blocks);

  /**
   * Takes a sequence in. One with computed tokens is running already: it comes from another
   * scheduler, or was forked, and keeps its blocks. Any other waits.
   *
   * @param sequence the sequence
   */
  void add(Sequence sequence);

  /**
   * Forgets a sequence that has ended. Its blocks are the engine's to release.
   *
   * @param sequence the sequence
   * @return whether it was there
   */
  boolean remove(Sequence sequence);

  /**
   * Chooses the next step.
   *
   * @param schedule cleared and filled
   */
  void schedule(Schedule schedule);

  /** {@return all sequences, running ones first, for the scheduler that replaces this one} */
  List<Sequence> sequences();

  /** {@return how many sequences run} */
  int running();

  /** {@return how many sequences wait} */
  int waiting();
}
