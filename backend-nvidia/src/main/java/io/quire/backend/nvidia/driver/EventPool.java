package io.quire.backend.nvidia.driver;

import io.quire.backend.nvidia.cuda.Cuda;
import java.util.ArrayDeque;
import java.util.Deque;

/** A queue's events, used again and again. */
final class EventPool {
  private final CudaDriver driver;
  private final Deque<Cuda.Event> idle = new ArrayDeque<>();
  private boolean closed;

  EventPool(CudaDriver driver) {
    this.driver = driver;
  }

  synchronized Cuda.Event take() {
    if (!idle.isEmpty()) {
      return idle.removeLast();
    }
    Cuda.Out<Cuda.Event> made = new Cuda.Out<>();
    driver.guard.check(driver.cuda.createEvent(made), "making an event");
    return made.get();
  }

  synchronized void giveBack(Cuda.Event event) {
    if (closed) {
      driver.cuda.destroy(event);
    } else {
      idle.addLast(event);
    }
  }

  synchronized void close() {
    closed = true;
    idle.forEach(driver.cuda::destroy);
    idle.clear();
  }
}
