package io.quire.gpu.plan;

import io.quire.api.kernel.KernelRegistry;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps a plan's kernels the best there are: when sources come or go, compiles and binds on a
 * thread of its own and offers the result, which the plan takes between two steps. A kernel whose
 * source left without a successor stays in use.
 */
final class Refresh implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Refresh.class.getName());

  private final Programs programs;
  private final KernelSets sets;
  private final ExecutorService thread;
  private final KernelRegistry.Registration registration;

  /** What the plan uses, or will use once it has taken what is offered; of the thread. */
  private KernelSet latest;

  private KernelSet inUse;
  private Optional<KernelSet> offered = Optional.empty();
  private volatile boolean waiting;

  /**
   * Begins to listen, and looks for what changed while the plan was made.
   *
   * @param programs compiles
   * @param sets binds
   * @param device the device's id, for names of threads
   * @param current the plan's kernels
   */
  Refresh(Programs programs, KernelSets sets, String device, KernelSet current) {
    this.programs = programs;
    this.sets = sets;
    latest = current;
    inUse = current;
    thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("quire-" + device + "-kernels").factory());
    registration = programs.registry().listen(this::changed);
    programs.demands().stream().map(Demand::op).distinct().forEach(this::changed);
  }

  private void changed(String op) {
    try {
      thread.execute(() -> refresh(op));
    } catch (RejectedExecutionException expected) {
      // Closed meanwhile: nobody wants to know.
    }
  }

  /** Returns when everything that has changed so far was looked at. */
  void settle() {
    CompletableFuture.runAsync(() -> {}, thread).join();
  }

  private void refresh(String op) {
    Set<Demand> affected =
        programs.demands().stream().filter(d -> d.op().equals(op)).collect(Collectors.toSet());
    if (affected.isEmpty()) {
      return;
    }
    try {
      Map<Demand, Program> all = new HashMap<>(latest.programs());
      all.putAll(programs.remake(affected, latest.programs()));
      if (!all.equals(latest.programs())) {
        offer(bind(all));
        LOG.log(Level.INFO, "kernels for {0} are replaced at the next step", op);
      }
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "kernels for " + op + " stay as they are", e);
    }
  }

  private KernelSet bind(Map<Demand, Program> all) {
    try {
      return sets.make(Map.copyOf(all), Optional.of(latest));
    } catch (RuntimeException e) {
      all.values().stream()
          .filter(program -> !latest.programs().containsValue(program))
          .distinct()
          .forEach(program -> Closing.one(program.kernels()));
      throw e;
    }
  }

  private synchronized void offer(KernelSet next) {
    Optional<KernelSet> missed = offered;
    latest = next;
    offered = Optional.of(next);
    waiting = true;
    missed.ifPresent(set -> set.without(Stream.of(next, inUse)).forEach(Closing::one));
  }

  /** {@return the kernels to use from now on, if some have changed} */
  Optional<KernelSet> take() {
    return waiting ? takeOffered() : Optional.empty();
  }

  private synchronized Optional<KernelSet> takeOffered() {
    Optional<KernelSet> taken = offered;
    inUse = taken.orElse(inUse);
    offered = Optional.empty();
    waiting = false;
    return taken;
  }

  /** Ends the thread. What was offered and not taken is closed. */
  @Override
  public void close() {
    registration.close();
    programs.stop();
    thread.shutdown();
    boolean interrupted = false;
    while (!thread.isTerminated()) {
      try {
        thread.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    closeOffered();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void closeOffered() {
    offered.ifPresent(set -> set.without(Stream.of(inUse)).forEach(Closing::one));
    offered = Optional.empty();
  }
}
