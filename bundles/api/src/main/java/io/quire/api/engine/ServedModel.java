package io.quire.api.engine;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Service, one per configuration of {@link Engine#FACTORY_PID}: how far a model is on its way to
 * being served. Its {@link Engine} is there while the state is {@link State#READY}, and while it
 * waits for a device again.
 */
@ProviderType
public interface ServedModel {
  /** The way of a model. */
  enum State {
    /** It is being opened and prepared. */
    LOADING,
    /**
     * It waits for a service: a device, a format, a family, a tokenizer; the message says which.
     */
    WAITING,
    /** It serves. */
    READY,
    /** It finishes what runs and takes nothing new. */
    DRAINING,
    /** It cannot be loaded; the message says why. */
    FAILED
  }

  /** {@return the name that clients use} */
  String name();

  /** {@return where it is loaded from} */
  String location();

  /** {@return the state} */
  State state();

  /** {@return what it does or why it does not; empty if there is nothing to say} */
  String message();

  /** {@return how far the loading is, 0 to 1} */
  double progress();
}
