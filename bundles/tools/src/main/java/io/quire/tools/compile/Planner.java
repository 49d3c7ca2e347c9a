package io.quire.tools.compile;

import io.quire.api.device.DeviceException;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.kernel.KernelProgram;
import io.quire.gpu.tune.Combinations;
import io.quire.gpu.tune.DryDriver;
import io.quire.tools.shape.ShapeClass;
import io.quire.tools.shape.Shapes;
import io.quire.tools.source.TextSource;
import io.quire.tools.target.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/** Says what is to be compiled, by asking the executor's own code for the macros. */
final class Planner {
  private final Shapes shapes;
  private final Shapes.Kind kind;
  private final Combinations.Extent extent;
  private final List<String> notServed = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();

  Planner(Shapes shapes, Shapes.Kind kind, Combinations.Extent extent) {
    this.shapes = shapes;
    this.kind = kind;
    this.extent = extent;
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
    DryDriver device = new DryDriver(target.info());
    Combinations combinations = new Combinations(device, source, dtype, shape.numbers());
    List<Job> jobs = new ArrayList<>();
    try (KernelProgram program =
        KernelProgram.build(device, source, dtype, shape.numbers(), Map.of())) {
      jobs.add(job(target, source, dtype, shape, program.macros(), true));
      for (Map<String, Integer> values : combinations.of(extent)) {
        combinations
            .macros(values)
            .ifPresent(macros -> jobs.add(job(target, source, dtype, shape, macros, false)));
      }
    } catch (KernelNotServedException e) {
      notServed.add(where(source, target, dtype, shape) + e.getMessage());
    } catch (DeviceException e) {
      errors.add(where(source, target, dtype, shape) + e.getMessage());
    }
    return jobs;
  }

  private static Job job(
      Target target,
      TextSource source,
      String dtype,
      ShapeClass shape,
      Map<String, String> macros,
      boolean standard) {
    Map<String, String> all = new HashMap<>(macros);
    all.putAll(target.macros());
    return new Job(target, source, dtype, shape, Map.copyOf(all), standard);
  }

  private static String where(TextSource source, Target target, String dtype, ShapeClass shape) {
    return target.name() + ": " + source.fullName() + " " + dtype + " " + shape + ": ";
  }
}
