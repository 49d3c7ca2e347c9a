package io.quire.gpu.plan;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.tune.WarmUpTuner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Compiles the kernels of a plan, several at a time. */
final class Programs {
  private static final int MAX_THREADS = 16;

  private final KernelShop shop;
  private final String device;
  private final List<Stage> stages;

  private final Map<Demand, Offer> demands = new LinkedHashMap<>();

  private final Map<Demand, String> reasons = new HashMap<>();
  private volatile boolean stopped;

  /**
   * Takes what kernels are wanted for.
   *
   * @param shop finds kernels
   * @param device for names of threads and messages
   * @param stages of the plan
   */
  Programs(KernelShop shop, DeviceInfo device, List<Stage> stages) {
    this.shop = shop;
    this.device = device.id();
    this.stages = stages;
    for (Stage stage : stages) {
      for (Call call : stage.calls()) {
        demands.merge(call.demand(), Offer.of(call), Offer::and);
      }
    }
  }

  KernelRegistry registry() {
    return shop.registry();
  }

  /** {@return all operations that the plan has use for, also those without a kernel now} */
  Set<Demand> demands() {
    return Collections.unmodifiableSet(demands.keySet());
  }

  /** Compiles nothing more; what is being compiled is the last. */
  void stop() {
    stopped = true;
  }

  /**
   * Tunes what will be compiled, for as long as the tuner takes.
   *
   * @param tuner keeps what it finds where {@link #make} looks
   * @param progress told of each
   */
  void tune(WarmUpTuner tuner, Device.Progress progress) {
    int done = 0;
    try {
      for (Map.Entry<Demand, Offer> each : demands.entrySet()) {
        Demand demand = each.getKey();
        Optional<KernelSource> source = shop.best(demand);
        if (source.isPresent()) {
          tuner.tune(source.get(), demand.dtype(), demand.shape(), each.getValue().rows());
        }
        progress.report("tuning", ++done, demands.size());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Makes every kernel that is demanded.
   *
   * @param progress told of each
   * @return kernels by demand; some that are only one of several ways may be missing
   * @throws DeviceException if a stage is not possible without a kernel that is missing
   */
  Map<Demand, Program> make(Device.Progress progress) {
    Map<Demand, Program> made = compile(demands(), Map.of(), false, progress);
    for (Stage stage : stages) {
      if (!stage.possible(call -> made.containsKey(call.demand()))) {
        made.values().forEach(program -> Closing.one(program.kernels()));
        throw missing(stage, made);
      }
    }
    return made;
  }

  /**
   * Looks for better kernels.
   *
   * @param wanted some of {@link #demands}
   * @param current those in use
   * @return the best there are; those in use themselves where nothing is better
   */
  Map<Demand, Program> remake(Set<Demand> wanted, Map<Demand, Program> current) {
    return compile(wanted, current, true, (stage, done, total) -> {});
  }

  private Map<Demand, Program> compile(
      Set<Demand> wanted,
      Map<Demand, Program> current,
      boolean arriving,
      Device.Progress progress) {
    Map<Demand, CompletableFuture<Optional<Program>>> started = new LinkedHashMap<>();
    Map<Demand, Program> made = new HashMap<>();
    AtomicInteger number = new AtomicInteger();
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MAX_THREADS);
    try (ExecutorService pool =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              String name = "quire-" + device + "-compiler-" + number.getAndIncrement();
              return Thread.ofPlatform().name(name).daemon().unstarted(task);
            })) {
      for (Demand demand : wanted) {
        Optional<Program> before = Optional.ofNullable(current.get(demand));
        started.put(
            demand, CompletableFuture.supplyAsync(() -> one(demand, before, arriving), pool));
      }
      collect(started, made, progress);
    } catch (RuntimeException e) {
      made.values().stream()
          .filter(program -> !current.containsValue(program))
          .forEach(program -> Closing.one(program.kernels()));
      throw e;
    }
    return made;
  }

  private static void collect(
      Map<Demand, CompletableFuture<Optional<Program>>> started,
      Map<Demand, Program> made,
      Device.Progress progress) {
    Optional<RuntimeException> failure = Optional.empty();
    int done = 0;
    for (Demand demand : started.keySet()) {
      try {
        started.get(demand).join().ifPresent(program -> made.put(demand, program));
      } catch (CompletionException e) {
        failure =
            Optional.of(
                e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new DeviceException("a kernel for " + demand.op() + " was not compiled", e));
      }
      progress.report("kernels", ++done, started.size());
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private Optional<Program> one(Demand demand, Optional<Program> before, boolean arriving) {
    if (stopped) {
      return before;
    }
    StringBuilder why = new StringBuilder();
    Offer offer = demands.get(demand);
    Optional<Program> made = shop.make(demand, offer, before, arriving, why);
    if (made.isEmpty()) {
      synchronized (reasons) {
        reasons.put(demand, why.toString());
      }
    }
    return made;
  }

  private DeviceException missing(Stage stage, Map<Demand, Program> made) {
    List<String> all = new ArrayList<>();
    for (Call call : stage.calls()) {
      Demand demand = call.demand();
      if (!made.containsKey(demand)) {
        synchronized (reasons) {
          all.add(
              demand.op()
                  + " in "
                  + demand.dtype()
                  + " "
                  + new java.util.TreeMap<>(demand.shape())
                  + ": "
                  + reasons.get(demand));
        }
      }
    }
    return new DeviceException(
        "device "
            + device
            + " has no kernel for "
            + String.join("; ", all.reversed())
            + ". Install or repair a kernel bundle, or use another device.");
  }
}
