package io.quire.core.engine;

/** Turns what the loop hands over into events, on a thread of its own. */
final class OutputSide implements Runnable {
  private final HandOver in;

  OutputSide(HandOver in) {
    this.in = in;
  }

  @Override
  public void run() {
    boolean last = false;
    while (!last) {
      last = take(in.take());
    }
  }

  /** Takes what is there and does not wait; for a test or benchmark that drives the loop itself. */
  void drain() {
    for (OutputBatch b = in.poll(); b != null; b = in.poll()) {
      take(b);
    }
  }

  private boolean take(OutputBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      batch.choice(i).owner.take(batch, i);
    }
    boolean last = batch.last;
    in.recycle(batch);
    return last;
  }
}
