package io.quire.tools.emulate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.quire.api.device.LostDeviceException;
import io.quire.gpu.kernel.KernelNotServedException;
import io.quire.gpu.tune.Combinations;
import io.quire.gpu.tune.DryDriver;
import io.quire.testkit.kernel.CaseSeries;
import io.quire.testkit.kernel.KernelCase;
import io.quire.testkit.kernel.KernelCases;
import io.quire.tools.compile.CodeObjects;
import io.quire.tools.source.TextSource;
import io.quire.tools.target.Target;
import io.quire.tools.target.Targets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;

/**
 * Every kernel as AMD's machine code, on an emulator, against the cases of the test kit. Runs only
 * where {@code QUIRE_AMD_EMULATOR} is a command that runs {@code src/test/emulator/bridge.py}, and
 * needs clang, ROCm's device libraries and ld.lld. Properties: {@code quire.emulator.targets};
 * {@code quire.emulator.cases}, how many of the cheapest cases that a kernel serves in a dtype are
 * run (1); {@code quire.emulator.tunables}, {@code around} for every combination that differs in
 * one tunable from what a server takes, too; {@code quire.emulator.limit}, the seconds that a
 * launch may take (600); {@code quire.kernel}, a regular expression for the files to look at;
 * {@code quire.seed}. What comes out is written, line by line, to {@code
 * target/emulated-kernels/results.log} too.
 */
class EmulatedKernelsTest {
  private static final String COMMAND = "QUIRE_AMD_EMULATOR";
  private static final long SEED = Long.getLong("quire.seed", 0x5157495245L);
  private static final String FILES = System.getProperty("quire.kernel", ".*");
  private static final String TARGETS =
      System.getProperty("quire.emulator.targets", "gfx942,gfx1100");
  private static final int CASES = Integer.getInteger("quire.emulator.cases", 1);
  private static final boolean AROUND =
      System.getProperty("quire.emulator.tunables", "first").equals("around");
  private static final long LIMIT = Long.getLong("quire.emulator.limit", 600);
  private static final Path FOLDER = Path.of("target", "emulated-kernels").toAbsolutePath();
  private static final Path LOG = FOLDER.resolve("results.log");

  private static CodeObjects objects;
  private static EmulatedDriver driver;
  private static int drivers;

  private final KernelCases cases = new KernelCases();

  /** A case and what it may cost. */
  private record Costly(KernelCase each, long cost) {}

  @BeforeAll
  static void begin() throws IOException {
    if (command().isEmpty()) {
      System.out.println("SKIPPED EmulatedKernelsTest: " + COMMAND + " is not set");
      return;
    }
    Files.deleteIfExists(LOG);
    objects = new CodeObjects(KernelTexts.dialect(), Files.createDirectories(FOLDER));
  }

  @AfterAll
  static void end() throws IOException {
    if (driver != null) {
      driver.close();
      driver = null;
    }
    if (objects != null) {
      objects.close();
    }
  }

  private static List<String> command() {
    String command = System.getenv().getOrDefault(COMMAND, "");
    return Stream.of(command.strip().split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }

  @TestFactory
  List<DynamicNode> shouldComputeWhatTheContractSays() throws IOException {
    List<DynamicNode> nodes = new ArrayList<>();
    if (!command().isEmpty()) {
      for (Target target : Targets.named(TARGETS)) {
        for (TextSource source : KernelTexts.kernels()) {
          if (source.origin().matches(FILES)) {
            nodes.add(kernel(target, source));
          }
        }
      }
    }
    return nodes;
  }

  private DynamicNode kernel(Target target, TextSource source) {
    return dynamicContainer(
        target.name() + " " + source.origin(),
        source.header().dtypes().stream()
            .map(dtype -> dynamicTest(dtype, () -> run(target, source, dtype))));
  }

  /** Runs the cheapest cases. */
  private void run(Target target, TextSource source, String dtype) throws IOException {
    String where = target.name() + " " + source.origin() + " " + dtype;
    if (!suits(target, source)) {
      notServed(where, "its filter is " + source.header().filter());
    }
    List<KernelCase> all = cases.cases(source.header().op(), dtype, SEED);
    List<Costly> served = new ArrayList<>();
    String reason = "there is no contract case";
    for (KernelCase each : all) {
      try {
        served.add(new Costly(each, CaseCost.of(target.info(), source, each)));
      } catch (KernelNotServedException e) {
        reason = e.getMessage();
      }
    }
    assertFalse(all.isEmpty(), where + ": " + reason);
    if (served.isEmpty()) {
      notServed(where, "none of " + all.size() + " cases: " + reason);
    }
    served.sort(Comparator.comparingLong(Costly::cost));
    List<String> problems = new ArrayList<>();
    for (Costly costly : served.subList(0, Math.min(CASES, served.size()))) {
      for (Map<String, Integer> tunables : tunables(target, source, costly.each())) {
        run(target, source, costly.each(), tunables).ifPresent(problems::add);
      }
    }
    assertEquals(
        List.of(), problems, () -> where + "; again: mvn -o test " + again(target, source));
  }

  /** What a server takes, and with AROUND what differs from it in one tunable. */
  private static List<Map<String, Integer>> tunables(
      Target target, TextSource source, KernelCase each) {
    List<Map<String, Integer>> all = new ArrayList<>(List.of(Map.of()));
    if (AROUND) {
      Combinations combinations =
          new Combinations(new DryDriver(target.info()), source, each.dtype(), each.shape());
      combinations.first(Map.of()).map(combinations::around).ifPresent(all::addAll);
    }
    return all;
  }

  private static String again(Target target, TextSource source) {
    return "-Dtest=EmulatedKernelsTest -Dquire.emulator.targets="
        + target.name()
        + " -Dquire.kernel='"
        + source.origin()
        + "' -Dquire.emulator.cases="
        + CASES
        + (AROUND ? " -Dquire.emulator.tunables=around" : "")
        + " -Dquire.seed="
        + SEED;
  }

  private static void notServed(String where, String reason) throws IOException {
    tell(where + ": NOT SERVED: " + reason);
    abort("not served");
  }

  private static Optional<String> run(
      Target target, TextSource source, KernelCase each, Map<String, Integer> tunables)
      throws IOException {
    long begin = System.nanoTime();
    Optional<String> problem;
    try (CaseSeries series = new CaseSeries(driver(target), source, tunables)) {
      problem = series.problem(each);
    } catch (LostDeviceException e) {
      problem = Optional.of(e.getMessage());
    } catch (KernelNotServedException e) {
      throw new AssertionError("it was served without a compiler", e);
    }
    tell(
        String.format(
            Locale.ROOT,
            "%s %s %s, %s%s: %.1f s, %s",
            target.name(),
            source.origin(),
            each.dtype(),
            each.name(),
            tunables.isEmpty() ? "" : ", " + Combinations.text(tunables),
            (System.nanoTime() - begin) / (double) TimeUnit.SECONDS.toNanos(1),
            problem.map(text -> "FAILED: " + text).orElse("ok")));
    return problem;
  }

  /** The device: the same one as long as the target is, and as it has not been lost. */
  private static EmulatedDriver driver(Target target) throws IOException {
    if (driver != null && (driver.isLost() || !driver.info().id().equals(target.name()))) {
      driver.close();
      driver = null;
    }
    if (driver == null) {
      driver =
          new EmulatedDriver(
              target,
              objects::make,
              new Emulator(command(), LIMIT),
              FOLDER.resolve("memory" + drivers++));
    }
    return driver;
  }

  private static boolean suits(Target target, TextSource source) {
    String filter = source.header().filter();
    try {
      return filter.isEmpty()
          || FrameworkUtil.createFilter(filter).matches(target.info().properties());
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(source.origin() + ": " + e.getMessage(), e);
    }
  }

  private static void tell(String line) throws IOException {
    System.out.println(line);
    Files.writeString(
        LOG, line + System.lineSeparator(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
