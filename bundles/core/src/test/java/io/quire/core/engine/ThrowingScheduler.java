package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import java.util.List;

/** Somebody's scheduler, and not a good one. */
final class ThrowingScheduler implements Scheduler {
  @Override
  public void open(SchedulerLimits limits, BlockManager blocks) {
    // Until here it works.
  }

  @Override
  public void add(Sequence sequence) {
    // And here.
  }

  @Override
  public boolean remove(Sequence sequence) {
    return false;
  }

  @Override
  public void schedule(Schedule schedule) {
    throw new IllegalStateException("no idea");
  }

  @Override
  public List<Sequence> sequences() {
    return List.of();
  }

  @Override
  public int running() {
    return 0;
  }

  @Override
  public int waiting() {
    return 0;
  }
}
