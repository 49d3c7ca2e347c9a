package io.quire.tools.measure;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.gpu.tune.KernelTimer;
import io.quire.gpu.tune.Timing;
import io.quire.gpu.tune.TuningCache;
import io.quire.tools.command.Command;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.TextTable;
import io.quire.tools.source.Distribution;
import io.quire.tools.source.Selection;
import io.quire.tools.source.TextSource;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code bench}: how fast kernels are. */
public final class BenchCommand implements Command {
  private static final double MICRO = 1000;

  private final Distribution distribution;
  private final Devices devices;
  private final Path tuning;

  /**
   * Creates it.
   *
   * @param distribution the kernels there are
   * @param devices where they run
   * @param tuning folder of tuning results
   */
  public BenchCommand(Distribution distribution, Devices devices, Path tuning) {
    this.distribution = distribution;
    this.devices = devices;
    this.tuning = tuning;
  }

  @Override
  public String name() {
    return "bench";
  }

  @Override
  public String about() {
    return "GB/s and TFLOP/s on the devices of this machine";
  }

  @Override
  public String usage() {
    return "usage: quire kernels bench [OPTIONS] [FILE.qk ...]\n"
        + Devices.USAGE
        + Selection.USAGE
        + Jobs.usage()
        + """
          --tuned         with the values that tuning found, where it did
        How it is timed: a launch on each of several sets of inputs warms up; then the median over
        samples of so many launches that one takes 10 ms, over inputs in turn, so that together they
        exceed caches (256 MiB), from the first call to the fence behind the last; captured and
        replayed where the device can. No sample is begun after 2 s, once there are three. GB/s counts
        what the operation has to read and write at least, TFLOP/s what it has to multiply and add.
        """;
  }

  @Override
  public List<Option> options() {
    return Stream.of(Selection.OPTIONS, Jobs.OPTIONS, List.of(Option.flag("tuned")))
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public int run(CommandLine line, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    List<TextSource> sources = Selection.of(line, distribution);
    Jobs jobs = new Jobs(line);
    TextTable table =
        new TextTable(
            "DEVICE",
            "KERNEL",
            "DTYPE",
            "SHAPE",
            "ROWS",
            "TIME us",
            "LEAST us",
            "GB/s",
            "TFLOP/s",
            "SAMPLES");
    int failed = 0;
    try (Devices.Found found = devices.find(line.text("device"))) {
      for (DeviceDriver driver : found.atLeastOne()) {
        TuningCache cache = TuningCache.open(tuning, driver.info());
        for (TextSource source : sources) {
          for (Jobs.Job job : jobs.of(source, driver)) {
            Optional<Timing> timing = Optional.empty();
            try {
              timing = time(driver, job, line.has("tuned"), cache, jobs);
            } catch (LostDeviceException e) {
              throw e;
            } catch (DeviceException e) {
              failed++;
              err.println("FAILED: " + driver.info().id() + ": " + e.getMessage());
            }
            timing.ifPresent(times -> add(table, driver, job, times));
          }
        }
      }
    }
    out.print(table.text());
    return failed == 0 ? 0 : 1;
  }

  private static Optional<Timing> time(
      DeviceDriver driver, Jobs.Job job, boolean tuned, TuningCache cache, Jobs jobs) {
    Map<String, Integer> shape = job.shape().numbers();
    Map<String, Integer> values =
        tuned ? cache.best(job.source(), job.dtype(), shape, job.rows()) : Map.of();
    return KernelTimer.time(
        driver, job.source(), job.dtype(), shape, values, job.rows(), jobs.effort());
  }

  private static void add(TextTable table, DeviceDriver driver, Jobs.Job job, Timing timing) {
    table.add(
        driver.info().id(),
        job.source().fullName(),
        job.dtype(),
        job.shape(),
        job.rows(),
        number(timing.nanos() / MICRO),
        number(timing.leastNanos() / MICRO),
        number(timing.gigabytesPerSecond()),
        timing.operations() == 0 ? "-" : number(timing.teraflops()),
        timing.samples() + "x" + timing.launches());
  }

  /** Four significant digits. */
  static String number(double value) {
    if (value >= MICRO) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
