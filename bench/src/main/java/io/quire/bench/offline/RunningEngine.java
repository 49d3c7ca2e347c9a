package io.quire.bench.offline;

import io.quire.api.device.Plan;
import io.quire.bench.command.UsageException;
import io.quire.core.engine.EngineOptions;
import io.quire.core.engine.LaneOffer;
import io.quire.core.engine.PagedEngine;
import java.util.Locale;

/**
 * An engine and the plan it runs on.
 *
 * @param engine the engine
 * @param plan closed after the engine has let go of it
 */
record RunningEngine(PagedEngine engine, Plan plan) implements AutoCloseable {
  static RunningEngine start(PagedEngine engine, Plan plan, EngineOptions options, long blocks) {
    // Half of what is spare: the rest is for the system's page cache, which has the weights.
    long most = plan.kvMemory() / 2 / plan.kvLayout().blockBytes();
    int given = (int) Math.min(Math.min(blocks, most), Integer.MAX_VALUE);
    int least = (options.maxModelLength() - 1) / options.blockTokens() + 1;
    if (given < least) {
      plan.close();
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "a sequence of %d tokens needs %d blocks, but memory holds %d of %d bytes; use shorter ones",
              options.maxModelLength(),
              least,
              most,
              plan.kvLayout().blockBytes()));
    }
    plan.allocateKv(given);
    engine.start();
    engine.addLane(new LaneOffer("cpu0", plan, given, (reason, lost) -> {}));
    return new RunningEngine(engine, plan);
  }

  @Override
  public void close() {
    engine.close();
    plan.close();
  }
}
