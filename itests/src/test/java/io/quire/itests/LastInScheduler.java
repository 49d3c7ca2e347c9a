package io.quire.itests;

import io.quire.api.cache.BlockManager;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A scheduler of somebody else's: the newest sequence first, never more than fit without
 * preemption.
 */
final class LastInScheduler implements Scheduler {
  private final List<Sequence> sequences = new ArrayList<>();
  private final CountDownLatch used;
  private SchedulerLimits limits = new SchedulerLimits(1, 1);
  private BlockManager blocks;

  LastInScheduler(CountDownLatch used) {
    this.used = used;
  }

  @Override
  public void open(SchedulerLimits schedulerLimits, BlockManager blockManager) {
    limits = schedulerLimits;
    blocks = blockManager;
  }

  @Override
  public void add(Sequence sequence) {
    sequences.addFirst(sequence);
  }

  @Override
  public boolean remove(Sequence sequence) {
    return sequences.remove(sequence);
  }

  @Override
  public void schedule(Schedule schedule) {
    used.countDown();
    schedule.clear();
    int budget = limits.maxTokens();
    int slots = limits.maxSequences();
    for (Sequence sequence : sequences) {
      int tokens = Math.min(sequence.length() - sequence.computed(), budget);
      boolean running = sequence.computed() > 0;
      if (tokens < 1 || sequence.slots() > slots || (!running && !sequence.known())) {
        continue;
      }
      if (blocks.reserve(sequence.blocks(), sequence.computed(), sequence.computed() + tokens)) {
        schedule.add(sequence, tokens);
        budget -= tokens;
        slots -= sequence.slots();
      }
    }
  }

  @Override
  public List<Sequence> sequences() {
    return List.copyOf(sequences);
  }

  @Override
  public int running() {
    return (int) sequences.stream().filter(s -> s.computed() > 0).count();
  }

  @Override
  public int waiting() {
    return sequences.size() - running();
  }
}
