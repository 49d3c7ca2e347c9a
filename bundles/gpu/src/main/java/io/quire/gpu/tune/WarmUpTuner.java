package io.quire.gpu.tune;

import io.quire.api.device.DeviceException;
import io.quire.api.kernel.KernelSource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Tunes kernels one after the other while a plan is made, for a limited time, and keeps what it
 * finds: what is known already costs nothing. One thread.
 */
public final class WarmUpTuner {
  private static final Logger LOG = System.getLogger(WarmUpTuner.class.getName());

  private final Tuner tuner;
  private final TuningCache cache;
  private final LongSupplier clock;
  private final long end;

  /**
   * Begins.
   *
   * @param tuner of the device
   * @param cache of the device
   * @param nanos after which no further kernel is tuned
   */
  public WarmUpTuner(Tuner tuner, TuningCache cache, long nanos) {
    this(tuner, cache, nanos, System::nanoTime);
  }

  WarmUpTuner(Tuner tuner, TuningCache cache, long nanos, LongSupplier clock) {
    this.tuner = tuner;
    this.cache = cache;
    this.clock = clock;
    end = clock.getAsLong() + nanos;
  }

  /**
   * Tunes a kernel, if there is time left and nothing is known of it yet. A kernel that cannot be
   * tuned is left as it is.
   *
   * @param source the kernel
   * @param dtype what the registry was asked for
   * @param shape the operation's compile-time numbers
   * @param rows of a typical launch
   * @throws InterruptedException if the thread is interrupted
   */
  public void tune(KernelSource source, String dtype, Map<String, Integer> shape, int rows)
      throws InterruptedException {
    TuningKey key = TuningKey.of(source, dtype, shape, rows);
    boolean choice = source.header().tunables().values().stream().anyMatch(c -> c.size() > 1);
    if (!choice || clock.getAsLong() - end >= 0 || cache.find(key).isPresent()) {
      return;
    }
    try {
      Optional<Tuned> tuned = tuner.tune(source, dtype, shape, key.rows());
      tuned.ifPresent(result -> keep(key, result));
    } catch (DeviceException e) {
      LOG.log(Level.INFO, "{0} is not tuned: {1}", key.kernel(), e.getMessage());
    }
  }

  private void keep(TuningKey key, Tuned tuned) {
    cache.store(key, new TuningCache.Result(tuned.tunables(), Math.round(tuned.timing().nanos())));
    LOG.log(
        Level.DEBUG,
        "{0} {1} {2}, {3} rows: {4}, {5} times as fast as without a choice, {6} tried",
        key.kernel(),
        key.dtype(),
        key.shapeText(),
        key.rows(),
        Combinations.text(tuned.tunables()),
        tuned.gain(),
        tuned.tried());
  }
}
