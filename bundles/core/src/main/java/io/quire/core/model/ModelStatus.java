package io.quire.core.model;

import io.quire.api.engine.ServedModel;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** How far a model is, for everybody to read. */
final class ModelStatus implements ServedModel {
  private static final Logger LOG = System.getLogger(ModelStatus.class.getName());

  private record Now(State state, String message, double progress) {}

  private final String name;
  private final String location;
  private volatile Now now = new Now(State.LOADING, "", 0);

  ModelStatus(String name, String location) {
    this.name = name;
    this.location = location;
  }

  void set(State state, String message, double progress) {
    Now before = now;
    now = new Now(state, message, progress);
    if (before.state() != state || !before.message().equals(message)) {
      Level level = state == State.FAILED ? Level.ERROR : Level.INFO;
      LOG.log(level, "model {0}: {1} {2}", name, state, message);
    }
  }

  /** Says how far the loading is, without a line in the log. */
  void progress(String message, double progress) {
    now = new Now(State.LOADING, message, progress);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public State state() {
    return now.state();
  }

  @Override
  public String message() {
    return now.message();
  }

  @Override
  public double progress() {
    return now.progress();
  }
}
