package io.quire.bench;

import io.quire.bench.command.Benchmark;
import io.quire.bench.command.Console;
import io.quire.bench.command.Options;
import io.quire.bench.command.UsageException;
import io.quire.bench.kv.KvBenchmark;
import io.quire.bench.offline.OfflineBenchmark;
import io.quire.bench.ring.RingBenchmark;
import io.quire.bench.serve.ServeBenchmark;
import io.quire.bench.step.StepBenchmark;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** {@code quire bench WHAT [OPTIONS]}. */
public final class Main {
  private static final int FAILED = 1;
  private static final int MISUSED = 2;
  private static final int INTERRUPTED = 130;

  private final List<Benchmark> benchmarks;
  private final Console console;

  Main(List<Benchmark> benchmarks, Console console) {
    this.benchmarks = benchmarks;
    this.console = console;
  }

  /**
   * Runs one benchmark and ends the process: 0 if it succeeded, 1 if something failed or a goal was
   * missed that the benchmark enforces, 2 if the command line is wrong.
   *
   * @param arguments which benchmark, and its options
   */
  @SuppressForbidden("a command passes its status on")
  public static void main(String[] arguments) {
    List<Benchmark> all =
        List.of(
            new ServeBenchmark(),
            new OfflineBenchmark(),
            new KvBenchmark(),
            new StepBenchmark(),
            new RingBenchmark());
    System.exit(new Main(all, Console.ofProcess()).run(Arrays.asList(arguments)));
  }

  int run(List<String> arguments) {
    try {
      return dispatch(arguments);
    } catch (UsageException e) {
      console.err().println("quire bench: " + e.getMessage());
      return MISUSED;
    } catch (InterruptedException e) {
      console.err().println("quire bench: interrupted");
      return INTERRUPTED;
    } catch (IOException | RuntimeException e) {
      console.err().println("quire bench: " + reason(e));
      return FAILED;
    }
  }

  private int dispatch(List<String> arguments) throws IOException, InterruptedException {
    if (arguments.isEmpty() || arguments.getFirst().matches("help|--help|-h")) {
      console.out().print(usage());
      return 0;
    }
    String name = arguments.getFirst();
    for (Benchmark benchmark : benchmarks) {
      if (benchmark.name().equals(name)) {
        return run(benchmark, arguments.subList(1, arguments.size()));
      }
    }
    throw new UsageException("there is no benchmark " + name + "\n" + usage());
  }

  private int run(Benchmark benchmark, List<String> arguments)
      throws IOException, InterruptedException {
    if (arguments.contains("--help")) {
      console.out().print(benchmark.usage());
      return 0;
    }
    return benchmark.run(Options.parse(benchmark.options(), arguments), console);
  }

  private String usage() {
    StringBuilder text = new StringBuilder("usage: quire bench WHAT [OPTIONS]\n");
    for (Benchmark benchmark : benchmarks) {
      text.append(String.format(Locale.ROOT, "  %-10s %s%n", benchmark.name(), benchmark.about()));
    }
    return text.append("quire bench WHAT --help lists the options\n").toString();
  }

  private static String reason(Exception e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.toString() : message;
  }
}
