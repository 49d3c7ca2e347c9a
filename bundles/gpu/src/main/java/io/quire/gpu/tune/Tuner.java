package io.quire.gpu.tune;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;

/**
 * Finds the fastest combination of a kernel's tunables for a shape on a device: each candidate is
 * compiled, must compute what the first one computes, and is timed; the winner must pass the
 * contract cases. One call at a time.
 */
public final class Tuner {
  private final DeviceDriver driver;
  private final Executor device;
  private final Optional<KernelCheck> check;
  private final Effort effort;
  private final LongSupplier clock;

  /**
   * Makes a tuner.
   *
   * @param driver the device
   * @param device runs what must not meet other work of the device, one candidate at a time: a
   *     device's own thread, or {@code Runnable::run} if nothing else uses the device. It runs what
   *     it is given, or throws. Compilations are not among it
   * @param check proves the first candidate and the winner, each in one piece of work; without it
   *     the first one is trusted and the winner compared with it
   * @param effort how long
   */
  public Tuner(DeviceDriver driver, Executor device, Optional<KernelCheck> check, Effort effort) {
    this(driver, device, check, effort, System::nanoTime);
  }

  Tuner(
      DeviceDriver driver,
      Executor device,
      Optional<KernelCheck> check,
      Effort effort,
      LongSupplier clock) {
    this.driver = driver;
    this.device = device;
    this.check = check;
    this.effort = effort;
    this.clock = clock;
  }

  DeviceDriver driver() {
    return driver;
  }

  Effort effort() {
    return effort;
  }

  /**
   * Tunes a kernel.
   *
   * @param source the kernel
   * @param dtype what the registry was asked for
   * @param shape the operation's compile-time numbers
   * @param rows tokens, sequences, rows or entries of a launch
   * @return what was found; empty if no workload is known for the operation
   * @throws KernelNotServedException if no combination serves the shape
   * @throws DeviceException if the first combination does not compile or is wrong, or memory does
   *     not suffice
   * @throws InterruptedException if the thread is interrupted; nothing is left behind
   */
  public Optional<Tuned> tune(
      KernelSource source, String dtype, Map<String, Integer> shape, int rows)
      throws InterruptedException {
    Optional<Workload> work =
        Workloads.of(source.header().op(), dtype, shape, rows, effort.context());
    if (work.isEmpty()) {
      return Optional.empty();
    }
    Rig rig = onDevice(() -> new Rig(driver, work.get(), effort, clock));
    try {
      Combinations combinations = new Combinations(driver, source, dtype, shape);
      return Optional.of(
          new Search(this, rig, combinations, work.get().results(), source, dtype)
              .run(values -> KernelProgram.build(driver, source, dtype, shape, values)));
    } finally {
      free(rig);
    }
  }

  /** Says why a combination must not be used. */
  Optional<String> problem(KernelSource source, String dtype, Map<String, Integer> values)
      throws InterruptedException {
    return check.isEmpty()
        ? Optional.empty()
        : onDevice(() -> check.get().problem(driver, source, dtype, values));
  }

  /** Runs a piece of work where the device's work is run, and waits for its end. */
  <T> T onDevice(Callable<T> piece) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("tuning is interrupted");
    }
    return complete(piece);
  }

  /** Frees something of the device's, even if the thread is interrupted. */
  void free(AutoCloseable thing) throws InterruptedException {
    complete(() -> {
      thing.close();
      return true;
    });
  }

  /** Waits for the end even if interrupted meanwhile, for what the work uses is freed next. */
  private <T> T complete(Callable<T> piece) throws InterruptedException {
    FutureTask<T> task = new FutureTask<>(piece);
    device.execute(task);
    Optional<InterruptedException> interrupted = Optional.empty();
    while (true) {
      try {
        T result = task.get();
        if (interrupted.isPresent()) {
          throw interrupted.get();
        }
        return result;
      } catch (InterruptedException e) {
        if (task.isDone()) {
          throw e;
        }
        interrupted = Optional.of(e);
      } catch (ExecutionException e) {
        interrupted.ifPresent(again -> Thread.currentThread().interrupt());
        throw failure(e.getCause());
      }
    }
  }

  private static RuntimeException failure(Throwable cause) {
    return cause instanceof RuntimeException failure
        ? failure
        : new DeviceException("tuning failed: " + cause, cause);
  }
}
