package io.quire.gpu.plan;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import io.quire.gpu.tune.TunedValues;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Supplier;

/**
 * Finds, compiles and checks kernels for one device. A source that does not compile or computes
 * something else than it should is refused for the device, and the next best is taken. Safe for use
 * by several threads.
 *
 * <p>Contract cases take their time, so they are run for kernels that come to a plan in use, and
 * for those that lie in files. A kernel that a bundle brings to a plan that is being made is
 * trusted, as the bundle's classes are.
 */
public final class KernelShop {
  private final DeviceDriver driver;
  private final KernelRegistry registry;
  private final Supplier<Optional<KernelCheck>> check;
  private final TunedValues tuned;
  private final Map<String, Object> properties;

  /** Of each source what was found, by type and text; forgotten with the source. */
  private final Map<KernelSource, Map<String, Optional<String>>> verdicts = new WeakHashMap<>();

  /**
   * Makes a shop that knows nothing of tunables.
   *
   * @param driver the device
   * @param registry the sources
   * @param check proves kernels, if there is one now
   */
  public KernelShop(
      DeviceDriver driver, KernelRegistry registry, Supplier<Optional<KernelCheck>> check) {
    this(driver, registry, check, TunedValues.NONE);
  }

  /**
   * Makes a shop.
   *
   * @param driver the device
   * @param registry the sources
   * @param check proves kernels, if there is one now
   * @param tuned what is known of good tunables
   */
  public KernelShop(
      DeviceDriver driver,
      KernelRegistry registry,
      Supplier<Optional<KernelCheck>> check,
      TunedValues tuned) {
    this.driver = driver;
    this.registry = registry;
    this.check = check;
    this.tuned = tuned;
    properties = properties(driver.info());
  }

  /**
   * What filters of kernels see of a device.
   *
   * @param info the device
   * @return its properties, the common ones included
   */
  public static Map<String, Object> properties(DeviceInfo info) {
    Map<String, Object> all = new HashMap<>(info.properties());
    all.put(DeviceInfo.DEVICE, info.id());
    all.put(DeviceInfo.VENDOR, info.vendor());
    all.put(DeviceInfo.ARCH, info.arch());
    all.put(DeviceInfo.DRIVER, info.driver());
    all.put(DeviceInfo.MEMORY, info.memory());
    return Map.copyOf(all);
  }

  KernelRegistry registry() {
    return registry;
  }

  /**
   * The best kernel for a demand.
   *
   * @param demand the operation
   * @param offer what the kernel is called with
   * @param current the kernel in use, if there is one: returned itself if it is the best
   * @param arriving whether the kernel comes to a plan that runs: then it is checked
   * @param why gets the reason if there is none
   * @return the kernel, or empty
   */
  Optional<Program> make(
      Demand demand, Offer offer, Optional<Program> current, boolean arriving, StringBuilder why) {
    Set<KernelSource> tried = new HashSet<>();
    Optional<KernelSource> next = next(demand, tried);
    if (next.isEmpty()) {
      why.append("no kernel source serves it here");
    }
    while (next.isPresent()) {
      KernelSource source = next.get();
      if (current.isPresent() && current.get().source() == source) {
        return current;
      }
      Optional<Program> made = tryOut(demand, offer, source, arriving, why);
      if (made.isPresent()) {
        return made;
      }
      tried.add(source);
      next = next(demand, tried);
    }
    return Optional.empty();
  }

  private Optional<Program> tryOut(
      Demand demand, Offer offer, KernelSource source, boolean arriving, StringBuilder why) {
    KernelProgram program;
    try {
      program = build(demand, offer, source);
    } catch (KernelNotServedException e) {
      // Right for other shapes perhaps, so it is not refused.
      why.append(e.getMessage()).append("; ");
      return Optional.empty();
    } catch (DeviceException e) {
      refuse(source, String.valueOf(e.getMessage()), why);
      return Optional.empty();
    }
    Optional<String> problem = problem(demand, offer, source, program, arriving);
    if (problem.isPresent()) {
      program.close();
      refuse(source, problem.get(), why);
      return Optional.empty();
    }
    return Optional.of(new Program(source, program));
  }

  /** With the values that tuning found, if there are any and they hold. */
  private KernelProgram build(Demand demand, Offer offer, KernelSource source) {
    for (int rows = offer.rows(); rows > 0; rows /= 2) {
      Map<String, Integer> values = tuned.best(source, demand.dtype(), demand.shape(), rows);
      if (!values.isEmpty()) {
        try {
          return KernelProgram.build(driver, source, demand.dtype(), demand.shape(), values);
        } catch (KernelNotServedException expected) {
          // Found for a device that had more memory, say. Fewer rows may be more modest.
        }
      }
    }
    return KernelProgram.build(driver, source, demand.dtype(), demand.shape(), Map.of());
  }

  private Optional<String> problem(
      Demand demand, Offer offer, KernelSource source, KernelProgram program, boolean arriving) {
    try {
      program.requireEntries(offer.names());
      boolean checked = arriving || Path.of(source.origin()).isAbsolute();
      return checked ? verdict(source, demand.dtype()) : Optional.empty();
    } catch (DeviceException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
  }

  /** What the contract's cases say; each text is asked once, and by one thread at a time. */
  private Optional<String> verdict(KernelSource source, String dtype) {
    Optional<KernelCheck> checker = check.get();
    if (checker.isEmpty()) {
      return Optional.empty();
    }
    synchronized (verdicts) {
      return verdicts
          .computeIfAbsent(source, s -> new HashMap<>())
          .computeIfAbsent(
              dtype + '\n' + source.text(),
              key -> checker.get().problem(driver, source, dtype, Map.of()));
    }
  }

  private void refuse(KernelSource source, String reason, StringBuilder why) {
    why.append(source.origin()).append(": ").append(reason).append("; ");
    registry.refuse(source, driver.info().id(), reason);
  }

  /** {@return the source that {@link #make} tries first} */
  Optional<KernelSource> best(Demand demand) {
    return next(demand, Set.of());
  }

  private Optional<KernelSource> next(Demand demand, Set<KernelSource> tried) {
    return registry.explain(demand.op(), demand.dtype(), properties).stream()
        .filter(KernelRegistry.Verdict::usable)
        .map(KernelRegistry.Verdict::source)
        .filter(source -> !tried.contains(source))
        .findFirst();
  }
}
