package io.quire.shell;

import io.quire.api.engine.ServedModel;

/** A model whose state the test sets. */
public final class FakeModel implements ServedModel {
  private final String name;
  private volatile State state;
  private volatile String message;

  public FakeModel(String name, State state, String message) {
    this.name = name;
    this.state = state;
    this.message = message;
  }

  void become(State next, String why) {
    message = why;
    state = next;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String location() {
    return "/models/" + name;
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public String message() {
    return message;
  }

  @Override
  public double progress() {
    return state == State.READY ? 1 : 0.4;
  }
}
