package io.quire.gpu.tune;

import io.quire.api.device.DeviceException;
import io.quire.api.kernel.KernelSource;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Tunes one kernel after the other on a thread of its own, and keeps what it finds. Safe for use by
 * several threads.
 */
public final class BackgroundTuner implements AutoCloseable {
  private static final Logger LOG = System.getLogger(BackgroundTuner.class.getName());
  private static final long LIMIT_MINUTES = 5;

  private final Tuner tuner;
  private final TuningCache cache;
  private final Runnable found;
  private final Set<TuningKey> requested = ConcurrentHashMap.newKeySet();
  private final ExecutorService thread;

  /**
   * Starts a thread for one device.
   *
   * @param tuner of the device
   * @param cache of the device
   * @param found called on the tuner's thread when other values than those in use turn out to be
   *     better: time to compile anew, asking the cache
   */
  public BackgroundTuner(Tuner tuner, TuningCache cache, Runnable found) {
    this.tuner = tuner;
    this.cache = cache;
    this.found = found;
    String name = "kernel-tuner-" + tuner.driver().info().id();
    thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().name(name).daemon().factory());
  }

  /**
   * Asks for a kernel to be tuned. What was asked for before or is in the cache is not tuned again.
   *
   * @param source the kernel
   * @param dtype what the registry was asked for
   * @param shape the operation's compile-time numbers
   * @param rows of a typical launch
   */
  public void request(KernelSource source, String dtype, Map<String, Integer> shape, int rows) {
    TuningKey key = TuningKey.of(source, dtype, shape, rows);
    if (cache.find(key).isPresent() || !requested.add(key)) {
      return;
    }
    try {
      thread.execute(() -> tune(key, source, dtype, shape));
    } catch (RejectedExecutionException closed) {
      requested.remove(key);
    }
  }

  private void tune(TuningKey key, KernelSource source, String dtype, Map<String, Integer> shape) {
    try {
      Optional<Tuned> tuned = tuner.tune(source, dtype, shape, key.rows());
      tuned.ifPresent(result -> keep(key, result));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (DeviceException e) {
      LOG.log(Level.INFO, "{0} is not tuned: {1}", key.kernel(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "tuning " + key.kernel() + " failed", e);
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
    if (tuned.gain() > 1) {
      found.run();
    }
  }

  /** Ends the tuning that runs at its next step, forgets the rest, and waits for the thread. */
  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try {
      if (!thread.awaitTermination(LIMIT_MINUTES, TimeUnit.MINUTES)) {
        LOG.log(Level.WARNING, "a kernel is still being tuned after {0} minutes", LIMIT_MINUTES);
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
