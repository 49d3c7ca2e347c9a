package io.quire.api.engine;

/** Why a choice ended. */
public enum FinishReason {
  /** An end token, a stop token or a stop string. */
  STOP,
  /** The most tokens asked for, or the model's context is full. */
  LENGTH,
  /** The request was cancelled. */
  ABORT
}
