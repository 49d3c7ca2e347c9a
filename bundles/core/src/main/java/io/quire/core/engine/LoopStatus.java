package io.quire.core.engine;

import io.quire.api.cache.CacheStats;
import io.quire.api.engine.Engine.LaneInfo;
import io.quire.api.engine.Health;
import java.util.List;
import java.util.function.LongSupplier;

/** How the loop is doing. The loop writes it now and then, any thread reads it. */
final class LoopStatus {
  /** What a client is told to wait while there is no device. */
  static final int RETRY_SECONDS = 5;

  private static final long STUCK_NANOS = 10_000_000_000L;
  private static final long PUBLISH_NANOS = 50_000_000L;

  private final LongSupplier clock;
  private final long deviceWaitNanos;
  private final Counters counters = new Counters();
  private long seenSteps;
  private long publishedNanos;
  private CacheStats retired;
  private volatile CacheStats cache;
  private volatile List<LaneInfo> lanes = List.of();
  private volatile boolean laneless = true;
  private volatile boolean paused;
  private volatile boolean working;
  private volatile boolean idle;
  private volatile boolean ended;
  private volatile long lanelessNanos;
  private volatile long progressNanos;

  LoopStatus(EngineOptions options, LongSupplier clock) {
    this.clock = clock;
    this.deviceWaitNanos = options.deviceWait().toNanos();
    this.retired = new CacheStats(0, options.blockTokens(), 0, 0, 0, 0, 0, 0);
    this.cache = retired;
    this.lanelessNanos = clock.getAsLong();
    this.progressNanos = lanelessNanos;
  }

  /** Called by the loop at the end of each step. Costs next to nothing between publications. */
  void publish(List<Lane> now, boolean homeless, boolean moved) {
    long time = clock.getAsLong();
    boolean busy = false;
    boolean stopped = false;
    for (int i = 0; i < now.size(); i++) {
      Lane lane = now.get(i);
      busy |= lane.busy() && !lane.paused();
      stopped |= lane.paused();
    }
    if (counters.steps.get() != seenSteps || !busy) {
      seenSteps = counters.steps.get();
      progressNanos = time;
    }
    working = busy;
    paused = stopped;
    if (now.isEmpty() != laneless) {
      lanelessNanos = time;
      laneless = now.isEmpty();
      publishedNanos = 0;
    }
    if (!moved || homeless || publishedNanos == 0 || time - publishedNanos > PUBLISH_NANOS) {
      publishedNanos = time;
      lanes = now.stream().map(Lane::info).toList();
      cache = now.stream().map(Lane::cache).reduce(retired, LoopStatus::sum);
    }
  }

  /** A lane is over: what it has counted stays counted. */
  void retire(Lane lane) {
    CacheStats all = sum(retired, lane.cache());
    retired =
        new CacheStats(
            0,
            all.blockTokens(),
            0,
            0,
            all.queriedTokens(),
            all.hitTokens(),
            all.evictions(),
            all.copies());
    publishedNanos = 0;
  }

  private static CacheStats sum(CacheStats a, CacheStats b) {
    return new CacheStats(
        a.blocks() + b.blocks(),
        a.blockTokens(),
        a.freeBlocks() + b.freeBlocks(),
        a.cachedBlocks() + b.cachedBlocks(),
        a.queriedTokens() + b.queriedTokens(),
        a.hitTokens() + b.hitTokens(),
        a.evictions() + b.evictions(),
        a.copies() + b.copies());
  }

  /** The loop's thread goes to sleep, or has woken up. */
  void idle(boolean value) {
    if (!value) {
      progressNanos = working ? progressNanos : clock.getAsLong();
    }
    idle = value;
  }

  /** The loop's thread has ended. */
  void ended() {
    ended = true;
  }

  Counters counters() {
    return counters;
  }

  List<LaneInfo> lanes() {
    return lanes;
  }

  CacheStats cache() {
    return cache;
  }

  /** {@return whether there has been no lane for longer than requests are to wait for one} */
  boolean waitedTooLong() {
    return laneless && clock.getAsLong() - lanelessNanos > deviceWaitNanos;
  }

  Health health() {
    if (ended) {
      return new Health(false, "the engine has stopped");
    }
    long now = clock.getAsLong();
    if (laneless) {
      return new Health(
          false,
          Message.of("no device for %d s; requests wait", (now - lanelessNanos) / 1_000_000_000L));
    }
    if (paused) {
      return new Health(false, "no scheduler; requests wait until one is there");
    }
    long still = now - progressNanos;
    if (still > STUCK_NANOS && (!idle || working)) {
      return new Health(
          false,
          Message.of(
              "no step has ended for %d s although there is work, after %d steps",
              still / 1_000_000_000L, counters.steps.get()));
    }
    return new Health(true, "");
  }
}
