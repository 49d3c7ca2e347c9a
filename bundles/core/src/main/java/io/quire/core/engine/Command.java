package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.schedule.Scheduler;
import java.util.function.Supplier;

/** What other threads ask of the loop, which does it at the next step boundary. */
sealed interface Command {
  /** A new request. */
  record Submit(ActiveRequest request) implements Command {}

  /** A request ends; its open choices are aborted. */
  record Cancel(ActiveRequest request) implements Command {}

  /** The output side has ended a choice, at a stop string. */
  record Ended(ActiveRequest request, int choice) implements Command {}

  /** A lane arrives. */
  record AddLane(LaneOffer offer) implements Command {}

  /** A lane's device leaves: the step in flight ends, then the lane is over. */
  record RemoveLane(LaneOffer offer) implements Command {}

  /** Another scheduler takes over. */
  record UseSchedulers(Supplier<Lease<Scheduler>> source) implements Command {}

  /** Another block manager takes over; everything is computed again. */
  record UseBlockManagers(Supplier<Lease<BlockManager>> source) implements Command {}

  /** The scheduler leaves and no other is there: lanes pause. */
  record NoSchedulers() implements Command {}

  /** The block manager leaves and no other is there: lanes pause, their sequences wait. */
  record NoBlockManagers() implements Command {}

  /** The loop ends; what still runs fails. */
  record Stop() implements Command {}
}
