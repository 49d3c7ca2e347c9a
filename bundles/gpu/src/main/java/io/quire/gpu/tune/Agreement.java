package io.quire.gpu.tune;

import io.quire.gpu.tune.Contents.Format;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Compares what two combinations of tunables computed from the same inputs. They may add in another
 * order, so numbers agree if they differ by no more than some units in the last place of the
 * greatest one.
 */
final class Agreement {
  private static final double BF16 = Math.scalb(1.0, -6);
  private static final double F16 = Math.scalb(1.0, -8);
  private static final double F32 = Math.scalb(1.0, -9);

  private Agreement() {}

  /** Says where results differ; empty if they agree. */
  static Optional<String> problem(
      List<Workload.Result> results, List<MemorySegment> expected, List<MemorySegment> found) {
    for (int i = 0; i < results.size(); i++) {
      Workload.Result result = results.get(i);
      Optional<String> problem =
          result.format() == Format.EXACT
              ? exact(expected.get(i), found.get(i))
              : close(result.format(), expected.get(i), found.get(i));
      if (problem.isPresent()) {
        return Optional.of(result.argument() + problem.get());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> exact(MemorySegment expected, MemorySegment found) {
    long at = expected.mismatch(found);
    return at < 0 ? Optional.empty() : Optional.of(" differs at byte " + at);
  }

  private static Optional<String> close(
      Format format, MemorySegment expected, MemorySegment found) {
    long count = expected.byteSize() / format.bytes();
    double greatest = 0;
    for (long i = 0; i < count; i++) {
      double value = Math.abs(format.get(expected, i));
      greatest = Double.isFinite(value) ? Math.max(greatest, value) : greatest;
    }
    double allowed = greatest * unit(format);
    for (long i = 0; i < count; i++) {
      double a = format.get(expected, i);
      double b = format.get(found, i);
      if (Double.compare(a, b) != 0 && !(Math.abs(a - b) <= allowed)) {
        return Optional.of(
            "[" + i + "] is " + b + ", with the first candidates " + a + ", allowed " + allowed);
      }
    }
    return Optional.empty();
  }

  private static double unit(Format format) {
    return switch (format) {
      case BF16 -> BF16;
      case F16 -> F16;
      default -> F32;
    };
  }
}
