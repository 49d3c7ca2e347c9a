package io.quire.gpu.tune;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.kernel.KernelSource;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** One search: what was tried, and how it fared. */
final class Search {
  /** What another combination must save to be taken in place of the first. */
  private static final double WORTHWHILE = 0.97;

  /** A candidate whose first sample takes so many times the best time is not timed further. */
  private static final double HOPELESS = 1.5;

  private final Tuner tuner;
  private final Rig rig;
  private final Combinations combinations;
  private final List<Workload.Result> results;
  private final KernelSource source;
  private final String dtype;
  private final Map<Map<String, Integer>, Timing> timings = new LinkedHashMap<>();
  private final Set<Map<String, Integer>> tried = new HashSet<>();
  private final List<String> refused = new ArrayList<>();
  private List<MemorySegment> expected = List.of();

  Search(
      Tuner tuner,
      Rig rig,
      Combinations combinations,
      List<Workload.Result> results,
      KernelSource source,
      String dtype) {
    this.tuner = tuner;
    this.rig = rig;
    this.combinations = combinations;
    this.results = results;
    this.source = source;
    this.dtype = dtype;
  }

  Tuned run(Function<Map<String, Integer>, KernelProgram> compiler) throws InterruptedException {
    Map<String, Integer> first =
        combinations
            .first(Map.of())
            .orElseThrow(() ->
                new KernelNotServedException(
                    source.header().op()
                        + "/"
                        + source.header().name()
                        + ": no combination of its tunables serves this shape on "
                        + tuner.driver().info().id()));
    Optional<String> wrong = tuner.problem(source, dtype, first);
    if (wrong.isPresent()) {
      throw new DeviceException(
          source.header().op() + "/" + source.header().name() + " is wrong: " + wrong.get());
    }
    tried.add(first);
    KernelProgram program = compiler.apply(first);
    try {
      expected = tuner.onDevice(() -> rig.results(program));
      timings.put(first, tuner.onDevice(() -> rig.time(program, Double.MAX_VALUE)));
    } finally {
      tuner.free(program);
    }
    Optional<List<Map<String, Integer>>> all = all();
    if (all.isPresent()) {
      tryAll(all.get(), compiler);
    } else {
      walk(first, compiler);
    }
    return choose(first);
  }

  /** All combinations, if they are few enough to try each. */
  private Optional<List<Map<String, Integer>>> all() {
    try {
      return Optional.of(combinations.all())
          .filter(list -> list.size() <= tuner.effort().candidates());
    } catch (IllegalArgumentException tooMany) {
      return Optional.empty();
    }
  }

  private void tryAll(
      List<Map<String, Integer>> candidates, Function<Map<String, Integer>, KernelProgram> compiler)
      throws InterruptedException {
    for (Map<String, Integer> candidate : candidates) {
      if (tried.size() < tuner.effort().candidates() && tried.add(candidate)) {
        attempt(candidate, compiler);
      }
    }
  }

  /** From the best combination to the best of those around it, until none is better. */
  private void walk(
      Map<String, Integer> first, Function<Map<String, Integer>, KernelProgram> compiler)
      throws InterruptedException {
    Map<String, Integer> from = first;
    Map<String, Integer> best = first;
    do {
      from = best;
      tryAll(combinations.around(from), compiler);
      best = ranked().getFirst();
    } while (!best.equals(from));
  }

  private void attempt(
      Map<String, Integer> candidate, Function<Map<String, Integer>, KernelProgram> compiler)
      throws InterruptedException {
    double limit = timings.get(ranked().getFirst()).nanos() * HOPELESS;
    try {
      measure(candidate, compiler.apply(candidate), limit);
    } catch (LostDeviceException e) {
      throw e;
    } catch (DeviceException e) {
      refuse(candidate, String.valueOf(e.getMessage()));
    }
  }

  private void measure(Map<String, Integer> candidate, KernelProgram program, double limit)
      throws InterruptedException {
    try {
      List<MemorySegment> found = tuner.onDevice(() -> rig.results(program));
      Optional<String> different = Agreement.problem(results, expected, found);
      if (different.isPresent()) {
        refuse(candidate, different.get());
      } else {
        timings.put(candidate, tuner.onDevice(() -> rig.time(program, limit)));
      }
    } finally {
      tuner.free(program);
    }
  }

  private void refuse(Map<String, Integer> candidate, String reason) {
    refused.add(Combinations.text(candidate) + ": " + reason);
  }

  private List<Map<String, Integer>> ranked() {
    return timings.keySet().stream()
        .sorted(Comparator.comparingDouble(values -> timings.get(values).nanos()))
        .toList();
  }

  private Tuned choose(Map<String, Integer> first) throws InterruptedException {
    Timing standard = timings.get(first);
    for (Map<String, Integer> values : ranked()) {
      if (timings.get(values).nanos() >= standard.nanos() * WORTHWHILE) {
        break;
      }
      Optional<String> problem = tuner.problem(source, dtype, values);
      if (problem.isEmpty()) {
        return new Tuned(values, timings.get(values), standard, tried.size(), refused);
      }
      refuse(values, problem.get());
    }
    return new Tuned(first, standard, standard, tried.size(), refused);
  }
}
