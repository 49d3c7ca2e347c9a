package io.quire.shell;

import static io.quire.shell.Table.Column.number;
import static io.quire.shell.Table.Column.text;

import io.quire.api.cache.CacheStats;
import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineStats;
import java.util.List;
import java.util.TreeMap;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What engines and their caches have done. */
@Component(service = StatsCommands.class)
@GogoCommand(
    scope = "quire",
    function = {"kv", "stats"})
public final class StatsCommands {
  private static final String MODEL = "the model, see models";

  private final Models models;

  /**
   * Creates the commands.
   *
   * @param models what is served
   */
  @Activate
  public StatsCommands(@Reference Models models) {
    this.models = models;
  }

  /**
   * The KV cache of a model.
   *
   * @param model the model
   * @param used blocks that sequences hold
   * @param cached blocks that nobody holds and whose content may be found again
   * @param free blocks that nobody holds, the cached ones not among them
   * @param hitShare share of prompt tokens that were found in the cache, 0 to 1; NaN if none was
   *     looked for
   * @param stats the numbers behind it
   */
  public record KvRow(
      String model, int used, int cached, int free, double hitShare, CacheStats stats) {
    static KvRow of(Engine engine) {
      CacheStats stats = engine.stats().cache();
      return new KvRow(
          engine.info().name(),
          stats.blocks() - stats.freeBlocks(),
          stats.cachedBlocks(),
          stats.freeBlocks() - stats.cachedBlocks(),
          (double) stats.hitTokens() / stats.queriedTokens(),
          stats);
    }

    double usedShare() {
      return (double) used / stats.blocks();
    }
  }

  /**
   * What a model has done.
   *
   * @param model the model
   * @param stats counts
   * @param timeToFirstToken from arrival to the first token
   * @param interTokenLatency between two tokens of a sequence
   * @param endToEnd from arrival to the end
   */
  public record StatsRow(
      String model,
      EngineStats stats,
      Latency timeToFirstToken,
      Latency interTokenLatency,
      Latency endToEnd) {
    static StatsRow of(Engine engine) {
      EngineStats stats = engine.stats();
      return new StatsRow(
          engine.info().name(),
          stats,
          Latency.of(stats.timeToFirstToken()),
          Latency.of(stats.interTokenLatency()),
          Latency.of(stats.endToEnd()));
    }
  }

  /** {@return the caches of all models} */
  @Descriptor("KV cache of all models: blocks used, cached, free; share of prompt tokens found")
  public Table<KvRow> kv() {
    return kvTable(models.engines());
  }

  /**
   * Shows one model's cache.
   *
   * @param model the model
   * @return its cache
   */
  @Descriptor("KV cache of a model: blocks used, cached, free; share of prompt tokens found")
  public Table<KvRow> kv(@Descriptor(MODEL) String model) {
    return kvTable(List.of(models.engine(model)));
  }

  private static Table<KvRow> kvTable(List<Engine> engines) {
    return Table.of(
        "no models are ready",
        engines.stream().map(KvRow::of).toList(),
        text("MODEL", KvRow::model),
        number("BLOCKS", row -> row.stats().blocks()),
        number("TOKENS/BLOCK", row -> row.stats().blockTokens()),
        number("USED", KvRow::used),
        number("CACHED", KvRow::cached),
        number("FREE", KvRow::free),
        number("IN USE", row -> Units.percent(row.usedShare())),
        number("PREFIX HITS", row -> Units.percent(row.hitShare())),
        number("EVICTED", row -> row.stats().evictions()),
        number("COPIED", row -> row.stats().copies()));
  }

  /** {@return what all models have done} */
  @Descriptor("counts and durations (mean / 99 %) of all models since they started")
  public Table<StatsRow> stats() {
    return statsTable(models.engines());
  }

  /**
   * Shows what one model has done.
   *
   * @param model the model
   * @return what it has done
   */
  @Descriptor("counts and durations (mean / 99 %) of a model since it started")
  public Table<StatsRow> stats(@Descriptor(MODEL) String model) {
    return statsTable(List.of(models.engine(model)));
  }

  private static Table<StatsRow> statsTable(List<Engine> engines) {
    return Table.of(
        "no models are ready",
        engines.stream().map(StatsRow::of).toList(),
        text("MODEL", StatsRow::model),
        number("RUNNING", row -> row.stats().running()),
        number("WAITING", row -> row.stats().waiting()),
        number("STEPS", row -> row.stats().steps()),
        number("PROMPT TOKENS", row -> row.stats().promptTokens()),
        number("OUTPUT TOKENS", row -> row.stats().generationTokens()),
        number("PREEMPTED", row -> row.stats().preemptions()),
        text("FINISHED", row -> new TreeMap<>(row.stats().finished())),
        number("FIRST TOKEN", StatsRow::timeToFirstToken),
        number("NEXT TOKEN", StatsRow::interTokenLatency),
        number("WHOLE", StatsRow::endToEnd));
  }
}
