package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import java.util.ArrayList;
import java.util.List;

/** Keeps a lane's sequences while there is no scheduler, and runs none of them. */
final class ParkedScheduler implements Scheduler {
  /** Its policy, as listings show it. */
  static final String NAME = "none";

  private final List<Sequence> sequences = new ArrayList<>();

  static Lease<Scheduler> lease() {
    return new Lease<>(new ParkedScheduler(), NAME, () -> {});
  }

  @Override
  public void open(SchedulerLimits limits, BlockManager blocks) {
    // It needs neither.
  }

  @Override
  public void add(Sequence sequence) {
    sequences.add(sequence);
  }

  @Override
  public boolean remove(Sequence sequence) {
    return sequences.remove(sequence);
  }

  @Override
  public void schedule(Schedule schedule) {
    schedule.clear();
  }

  @Override
  public List<Sequence> sequences() {
    return List.copyOf(sequences);
  }

  @Override
  public int running() {
    return 0;
  }

  @Override
  public int waiting() {
    return sequences.size();
  }
}
