package io.quire.tools.measure;

import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.tune.Combinations;
import io.quire.gpu.tune.Tuned;
import io.quire.gpu.tune.Tuner;
import io.quire.gpu.tune.TuningCache;
import io.quire.gpu.tune.TuningKey;
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
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code tune}: the best tunables of kernels, for servers to come. */
public final class TuneCommand implements Command {
  private static final double MICRO = 1000;
  private static final int MOST_CANDIDATES = Combinations.MOST;

  private final Distribution distribution;
  private final Devices devices;
  private final KernelCheck check;
  private final Path tuning;

  /**
   * Creates it.
   *
   * @param distribution the kernels there are
   * @param devices where they run
   * @param check proves what was found
   * @param tuning folder of tuning results
   */
  public TuneCommand(Distribution distribution, Devices devices, KernelCheck check, Path tuning) {
    this.distribution = distribution;
    this.devices = devices;
    this.check = check;
    this.tuning = tuning;
  }

  @Override
  public String name() {
    return "tune";
  }

  @Override
  public String about() {
    return "find the best tunables on the devices of this machine, and keep them";
  }

  @Override
  public String usage() {
    return "usage: quire kernels tune [OPTIONS] [FILE.qk ...]\n"
        + Devices.USAGE
        + Selection.USAGE
        + Jobs.usage()
        + """
          --candidates N  combinations that are tried at most (default 512)
          --again         also what was tuned before
        Times are taken as by quire kernels bench. A candidate must compute what the first one does,
        and the winner pass the contract cases. What is found is kept in tuning/ of QUIRE_HOME, for
        this text, type, shape, number of rows (next power of two), device and driver; a server takes
        it when it next compiles the kernel.
        """;
  }

  @Override
  public List<Option> options() {
    return Stream.of(
            Selection.OPTIONS,
            Jobs.OPTIONS,
            List.of(Option.value("candidates", "512"), Option.flag("again")))
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public int run(CommandLine line, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    List<TextSource> sources = Selection.of(line, distribution);
    Jobs jobs = new Jobs(line);
    int candidates = line.integer("candidates", 1, MOST_CANDIDATES);
    TextTable table =
        new TextTable(
            "DEVICE",
            "KERNEL",
            "DTYPE",
            "SHAPE",
            "ROWS",
            "FIRST us",
            "BEST us",
            "GAIN",
            "TRIED",
            "REFUSED",
            "TUNABLES");
    int failed = 0;
    try (Devices.Found found = devices.find(line.text("device"))) {
      for (DeviceDriver driver : found.atLeastOne()) {
        TuningCache cache = TuningCache.open(tuning, driver.info());
        Tuner tuner =
            new Tuner(
                driver,
                Runnable::run,
                Optional.of(check),
                jobs.effort().withCandidates(candidates));
        for (TextSource source : sources) {
          for (Jobs.Job job : jobs.of(source, driver)) {
            failed += tune(tuner, driver, cache, job, line.has("again"), table, err) ? 0 : 1;
          }
        }
      }
    }
    out.print(table.text());
    return failed == 0 ? 0 : 1;
  }

  private static boolean tune(
      Tuner tuner,
      DeviceDriver driver,
      TuningCache cache,
      Jobs.Job job,
      boolean again,
      TextTable table,
      PrintStream err)
      throws InterruptedException {
    Map<String, Integer> shape = job.shape().numbers();
    TuningKey key = TuningKey.of(job.source(), job.dtype(), shape, job.rows());
    if (!again && cache.find(key).isPresent()) {
      return true;
    }
    String what = driver.info().id() + ": " + job.source().fullName() + " " + job.dtype();
    try {
      Optional<Tuned> tuned = tuner.tune(job.source(), job.dtype(), shape, job.rows());
      tuned.ifPresent(result -> {
        long nanos = Math.round(result.timing().nanos());
        cache.store(key, new TuningCache.Result(result.tunables(), nanos));
        result.refused().forEach(reason -> err.println("refused: " + what + ": " + reason));
        add(table, driver, job, result);
      });
      return true;
    } catch (LostDeviceException e) {
      throw e;
    } catch (DeviceException e) {
      err.println("FAILED: " + what + ": " + e.getMessage());
      return false;
    }
  }

  private static void add(TextTable table, DeviceDriver driver, Jobs.Job job, Tuned tuned) {
    table.add(
        driver.info().id(),
        job.source().fullName(),
        job.dtype(),
        job.shape(),
        job.rows(),
        BenchCommand.number(tuned.standard().nanos() / MICRO),
        BenchCommand.number(tuned.timing().nanos() / MICRO),
        BenchCommand.number(tuned.gain()),
        tuned.tried(),
        tuned.refused().size(),
        Combinations.text(tuned.tunables()));
  }
}
