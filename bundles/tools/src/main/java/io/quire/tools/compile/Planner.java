package io.quire.tools.compile;

import io.quire.api.device.DeviceException;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import io.quire.tools.shape.Combinations;
import io.quire.tools.shape.ShapeClass;
import io.quire.tools.shape.Shapes;
import io.quire.tools.source.TextSource;
import io.quire.tools.target.RecordingDriver;
import io.quire.tools.target.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/** Says what is to be compiled, by asking the executor's own code for the macros. */
final class Planner {
  private final Shapes shapes;
  private final Shapes.Kind kind;
  private final boolean allTunables;
  private final List<String> notServed = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();

  Planner(Shapes shapes, Shapes.Kind kind, boolean allTunables) {
    this.shapes = shapes;
    this.kind = kind;
    this.allTunables = allTunables;
  }

  /** What a kernel does not serve, and why. */
  List<String> notServed() {
    return List.copyOf(notServed);
  }

  /** What is wrong with headers. */
  List<String> errors() {
    return List.copyOf(errors);
  }

  /** The compilations of a kernel for a target, each set of macros once. */
  List<Job> plan(TextSource source, Target target) {
    if (!suits(source, target)) {
      notServed.add(
          target.name()
              + ": "
              + source.fullName()
              + " is for other devices: "
              + source.header().filter());
      return List.of();
    }
    Map<Map<String, String>, Job> jobs = new LinkedHashMap<>();
    for (String dtype : source.header().dtypes()) {
      for (ShapeClass shape : shapes.of(source.header().op(), dtype, kind)) {
        for (Job job : plan(source, target, dtype, shape)) {
          jobs.merge(job.macros(), job, (first, again) -> first.standard() ? first : again);
        }
      }
    }
    return List.copyOf(jobs.values());
  }

  private static boolean suits(TextSource source, Target target) {
    String filter = source.header().filter();
    try {
      return filter.isEmpty()
          || FrameworkUtil.createFilter(filter).matches(target.info().properties());
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(source.origin() + ": " + e.getMessage(), e);
    }
  }

  private List<Job> plan(TextSource source, Target target, String dtype, ShapeClass shape) {
    List<Job> jobs = new ArrayList<>();
    macros(source, target, dtype, shape, Map.of(), true)
        .ifPresent(macros -> jobs.add(new Job(target, source, dtype, shape, macros, true)));
    if (allTunables && !jobs.isEmpty()) {
      for (Map<String, Integer> values : Combinations.of(source.header().tunables())) {
        macros(source, target, dtype, shape, values, false)
            .ifPresent(macros -> jobs.add(new Job(target, source, dtype, shape, macros, false)));
      }
    }
    return jobs;
  }

  private Optional<Map<String, String>> macros(
      TextSource source,
      Target target,
      String dtype,
      ShapeClass shape,
      Map<String, Integer> tunables,
      boolean report) {
    String where = target.name() + ": " + source.fullName() + " " + dtype + " " + shape;
    try (KernelProgram program =
        KernelProgram.build(
            new RecordingDriver(target), source, dtype, shape.numbers(), tunables)) {
      Map<String, String> macros = new HashMap<>(program.macros());
      macros.putAll(target.macros());
      return Optional.of(Map.copyOf(macros));
    } catch (KernelNotServedException e) {
      if (report) {
        notServed.add(where + ": " + e.getMessage());
      }
    } catch (DeviceException e) {
      if (report) {
        errors.add(where + ": " + e.getMessage());
      }
    }
    return Optional.empty();
  }
}
