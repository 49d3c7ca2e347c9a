package io.quire.tools.measure;

import io.quire.api.device.DeviceDriver;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.tune.Combinations;
import io.quire.gpu.tune.Effort;
import io.quire.tools.command.Command.Option;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.UsageException;
import io.quire.tools.shape.ModelShapes;
import io.quire.tools.shape.ShapeClass;
import io.quire.tools.source.TextSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is timed or tuned: kernels, types, shapes and rows. */
final class Jobs {
  static final String USAGE =
      """
        --dtype TYPE    only this type of those that a kernel serves
        --model NAME    whose shapes are taken: %s
        --shape SHAPE   this shape instead, such as WIDTH=4096,FUNCTION=0
        --rows N[,N...] tokens, sequences or rows of a launch (default: some for each operation)
        --context N     tokens before a decoded one (default 1024)
        --samples N     of which the median is taken (default 15)
      """;

  static final List<Option> OPTIONS =
      List.of(
          Option.value("device", ""),
          Option.value("dtype", ""),
          Option.value("model", ModelShapes.LLAMA_8B),
          Option.value("shape", ""),
          Option.value("rows", ""),
          Option.value("context", "1024"),
          Option.value("samples", "15"));

  private static final int MOST_ROWS = 65_536;
  private static final int MOST_CONTEXT = 1 << 20;
  private static final int MOST_SAMPLES = 10_000;

  private final CommandLine line;
  private final List<Integer> rows;

  Jobs(CommandLine line) {
    this.line = line;
    rows = rows(line.text("rows"));
    line.word("model", ModelShapes.names());
  }

  /** One kernel in one type, shape and number of rows. */
  record Job(TextSource source, String dtype, ShapeClass shape, int rows) {}

  static String usage() {
    return USAGE.replace("%s", String.join(", ", ModelShapes.names()));
  }

  Effort effort() {
    return Effort.THOROUGH
        .withContext(line.integer("context", 1, MOST_CONTEXT))
        .withSamples(line.integer("samples", 1, MOST_SAMPLES));
  }

  /** The jobs of a kernel on a device; none for shapes that the kernel does not serve there. */
  List<Job> of(TextSource source, DeviceDriver driver) {
    List<Job> jobs = new ArrayList<>();
    for (String dtype : source.header().dtypes()) {
      if (!line.has("dtype") || line.text("dtype").equals(dtype)) {
        for (ShapeClass shape : shapes(source.header().op(), dtype)) {
          if (serves(driver, source, dtype, shape)) {
            rows(source.header().op(), shape)
                .forEach(count -> jobs.add(new Job(source, dtype, shape, count)));
          }
        }
      }
    }
    return jobs;
  }

  private List<ShapeClass> shapes(String op, String dtype) {
    if (line.has("shape")) {
      return List.of(ShapeClass.parse(line.text("shape")));
    }
    return ModelShapes.of(line.text("model"), op, dtype).stream().map(ShapeClass::new).toList();
  }

  private static boolean serves(
      DeviceDriver driver, TextSource source, String dtype, ShapeClass shape) {
    try {
      Optional<Map<String, Integer>> first =
          new Combinations(driver, source, dtype, shape.numbers()).first(Map.of());
      return first.isPresent();
    } catch (KernelNotServedException notThisShape) {
      return false;
    }
  }

  private List<Integer> rows(String op, ShapeClass shape) {
    if (!rows.isEmpty()) {
      return rows;
    }
    return switch (op) {
      case "attention.decode" -> List.of(1, 16);
      case "attention.prefill" -> List.of(512);
      case "linear.tile" -> List.of(64, 512);
      case "linear.skinny", "linear.gated", "linear.triple" ->
          List.of(shape.numbers().getOrDefault("ROWS", 1));
      case "sample" -> List.of(1, 16);
      default -> List.of(1, 512);
    };
  }

  private static List<Integer> rows(String text) {
    List<Integer> rows = new ArrayList<>();
    for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
      try {
        int count = Integer.parseInt(part.strip());
        if (count < 1 || count > MOST_ROWS) {
          throw new NumberFormatException("out of range");
        }
        rows.add(count);
      } catch (NumberFormatException e) {
        throw new UsageException(
            "--rows " + text + ": '" + part + "' is not a whole number from 1 to " + MOST_ROWS);
      }
    }
    return rows;
  }
}
