package io.quire.tools.measure;

import io.quire.api.device.DeviceDriver;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.tune.Combinations;
import io.quire.testkit.kernel.CaseSeries;
import io.quire.testkit.kernel.CaseSource;
import io.quire.testkit.kernel.KernelCase;
import io.quire.tools.command.Command;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.TextTable;
import io.quire.tools.source.Distribution;
import io.quire.tools.source.Selection;
import io.quire.tools.source.TextSource;
import io.quire.tools.source.Tunables;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** {@code check}: whether kernels compute what their operations promise. */
public final class CheckCommand implements Command {
  private static final long SEED = 0x5157495245L;
  private static final int MOST_CASES = 1_000_000;

  private final Distribution distribution;
  private final CaseSource cases;
  private final Devices devices;

  /**
   * Creates it.
   *
   * @param distribution the kernels there are
   * @param cases what they must compute
   * @param devices where they run
   */
  public CheckCommand(Distribution distribution, CaseSource cases, Devices devices) {
    this.distribution = distribution;
    this.cases = cases;
    this.devices = devices;
  }

  @Override
  public String name() {
    return "check";
  }

  @Override
  public String about() {
    return "the contract cases of their operations, run on the devices of this machine";
  }

  @Override
  public String usage() {
    return "usage: quire kernels check [OPTIONS] [FILE.qk ...]\n"
        + Devices.USAGE
        + Selection.USAGE
        + Tunables.USAGE
        + """
          --dtype TYPE    only this type of those that a kernel serves
          --cases N       at most N cases of each kernel and type, mixed (default: all)
          --exact         buffers end where their contents do, without a guard behind them: for a
                          tool that watches accesses, such as compute-sanitizer
        A case that a kernel does not serve, by its own requirements, is counted and no failure.
        Status 1: something failed.
        """;
  }

  @Override
  public List<Option> options() {
    return Stream.concat(
            Selection.OPTIONS.stream(),
            Stream.of(
                Option.value("device", ""),
                Option.value("dtype", ""),
                Option.value("cases", String.valueOf(MOST_CASES)),
                Option.flag("exact"),
                Tunables.OPTION))
        .toList();
  }

  @Override
  public int run(CommandLine line, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    List<TextSource> sources = Selection.of(line, distribution);
    TextTable table = new TextTable("DEVICE", "KERNEL", "DTYPE", "PASSED", "NOT SERVED", "RESULT");
    List<String> failures = new ArrayList<>();
    Extent extent =
        new Extent(Tunables.of(line), line.integer("cases", 1, MOST_CASES), line.has("exact"));
    try (Devices.Found found = devices.find(line.text("device"))) {
      List<DeviceDriver> drivers = found.atLeastOne();
      for (TextSource source : sources) {
        for (String dtype : source.header().dtypes()) {
          if (!line.has("dtype") || line.text("dtype").equals(dtype)) {
            List<KernelCase> all = cases(source, dtype, line.has("cases"));
            for (DeviceDriver driver : drivers) {
              check(driver, source, dtype, all, extent, failures, table);
            }
          }
        }
        err.println(source.fullName());
      }
    }
    out.print(table.text());
    failures.forEach(failure -> out.println("FAILED: " + failure));
    distribution.broken().forEach(reason -> out.println("FAILED: " + reason));
    int failed = failures.size() + distribution.broken().size();
    out.printf(Locale.ROOT, "%d failures%n", failed);
    return failed == 0 ? 0 : 1;
  }

  /**
   * How much is checked.
   *
   * @param tunables which combinations
   * @param cases most cases that are served
   * @param exact whether buffers end where their contents do
   */
  private record Extent(Combinations.Extent tunables, int cases, boolean exact) {}

  private List<KernelCase> cases(TextSource source, String dtype, boolean mixed) {
    String op = source.header().op();
    if (!cases.ops().contains(op)) {
      return List.of();
    }
    List<KernelCase> all = new ArrayList<>(cases.cases(op, dtype, SEED));
    if (mixed) {
      // Neighbours are alike.
      Collections.shuffle(all, new Random(SEED));
    }
    return all;
  }

  private static void check(
      DeviceDriver driver,
      TextSource source,
      String dtype,
      List<KernelCase> all,
      Extent extent,
      List<String> failures,
      TextTable table) {
    String where = driver.info().id() + ", " + source.fullName() + " " + dtype + ": ";
    int before = failures.size();
    Set<KernelCase> tried = new HashSet<>();
    Set<KernelCase> served = new HashSet<>();
    Set<KernelCase> failed = new HashSet<>();
    for (Map<String, Integer> values : values(driver, source, all, extent.tunables())) {
      String with = values.isEmpty() ? "" : " with " + Combinations.text(values);
      try (CaseSeries series = new CaseSeries(driver, source, values, extent.exact())) {
        for (KernelCase each : all) {
          if (served.size() >= extent.cases() && !tried.contains(each)) {
            break;
          }
          tried.add(each);
          try {
            Optional<String> problem = series.problem(each);
            served.add(each);
            problem.ifPresent(text -> {
              failed.add(each);
              failures.add(where + text + with);
            });
          } catch (KernelNotServedException ignored) {
            // It is in the table: cases that no combination serves.
          }
        }
      }
    }
    if (all.isEmpty()) {
      failures.add(where + "there is no contract case");
    }
    String passed = served.isEmpty() ? "not served here" : "ok";
    String result = failures.size() == before ? passed : "FAILED";
    table.add(
        driver.info().id(),
        source.fullName(),
        dtype,
        served.size() - failed.size(),
        tried.size() - served.size(),
        result);
  }

  /** Combinations of tunables that hold for one of the cases at least; none means the chosen. */
  private static Set<Map<String, Integer>> values(
      DeviceDriver driver, TextSource source, List<KernelCase> cases, Combinations.Extent extent) {
    if (extent == Combinations.Extent.CHOSEN) {
      return Set.of(Map.of());
    }
    Set<Map<String, Integer>> values = new LinkedHashSet<>();
    for (KernelCase each : cases) {
      values.addAll(new Combinations(driver, source, each.dtype(), each.shape()).of(extent));
    }
    return values;
  }
}
