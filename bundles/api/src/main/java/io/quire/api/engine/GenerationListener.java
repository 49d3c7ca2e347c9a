package io.quire.api.engine;

import org.osgi.annotation.versioning.ConsumerType;

/** Receives the events of one generation. */
@ConsumerType
@FunctionalInterface
public interface GenerationListener {
  /**
   * One event. Calls come in order, one at a time, from an engine's output thread: do not block;
   * hand over to a queue of your own. What it throws ends this generation alone.
   *
   * @param event the event
   */
  void onEvent(GenerationEvent event);
}
