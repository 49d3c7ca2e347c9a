package io.quire.tools;

import io.quire.testkit.kernel.CaseSource;
import io.quire.testkit.kernel.KernelCaseCheck;
import io.quire.testkit.kernel.KernelCases;
import io.quire.tools.command.Command;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.UsageException;
import io.quire.tools.compile.CompileCommand;
import io.quire.tools.device.DriverHost;
import io.quire.tools.measure.BenchCommand;
import io.quire.tools.measure.CheckCommand;
import io.quire.tools.measure.Devices;
import io.quire.tools.measure.DriverCommand;
import io.quire.tools.measure.TuneCommand;
import io.quire.tools.source.Distribution;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** {@code quire kernels COMMAND [OPTIONS]}. */
public final class Main {
  private static final int FAILED = 1;
  private static final int MISUSED = 2;
  private static final int INTERRUPTED = 130;

  private final List<Command> commands;

  Main(List<Command> commands) {
    this.commands = commands;
  }

  /**
   * Runs one command and ends the process: 0 if all is well, 1 if something that it looked at is
   * wrong, 2 if the command line is.
   *
   * @param arguments which command, and its options
   */
  @SuppressForbidden("a command passes its status on")
  public static void main(String[] arguments) {
    System.exit(run(Arrays.asList(arguments), System.out, System.err));
  }

  private static int run(List<String> arguments, PrintStream out, PrintStream err) {
    try {
      return new Main(commands(Place.here())).dispatch(arguments, out, err);
    } catch (UsageException e) {
      err.println("quire kernels: " + e.getMessage());
      return MISUSED;
    } catch (InterruptedException e) {
      err.println("quire kernels: interrupted");
      return INTERRUPTED;
    } catch (IOException | RuntimeException e) {
      err.println("quire kernels: " + (e.getMessage() == null ? e.toString() : e.getMessage()));
      return FAILED;
    }
  }

  private static List<Command> commands(Place place) throws IOException {
    Path bundles = place.dist().resolve("bundles");
    Distribution distribution = Distribution.read(List.of(bundles, place.dist().resolve("tools")));
    CaseSource cases = new KernelCases();
    Path tuning = place.home().resolve("tuning");
    Devices devices =
        filter -> {
          DriverHost host = DriverHost.start(place.dist(), place.home());
          return new Devices.Found(host.drivers(filter), host);
        };
    return List.of(
        new ListCommand(distribution),
        new CompileCommand(distribution, cases),
        new CheckCommand(distribution, cases, devices),
        new BenchCommand(distribution, devices, tuning),
        new TuneCommand(distribution, devices, new KernelCaseCheck(cases), tuning),
        new DriverCommand(devices));
  }

  int dispatch(List<String> arguments, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    if (arguments.isEmpty() || arguments.getFirst().matches("help|--help|-h")) {
      out.print(usage());
      return 0;
    }
    String name = arguments.getFirst();
    Command command =
        commands.stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new UsageException("there is no command " + name + "\n" + usage()));
    List<String> rest = arguments.subList(1, arguments.size());
    if (rest.contains("--help")) {
      out.print(command.usage());
      return 0;
    }
    return command.run(CommandLine.parse(command.options(), rest), out, err);
  }

  private String usage() {
    StringBuilder text = new StringBuilder("usage: quire kernels COMMAND [OPTIONS]\n");
    for (Command command : commands) {
      text.append(String.format(Locale.ROOT, "  %-8s %s%n", command.name(), command.about()));
    }
    return text.append("quire kernels COMMAND --help lists the options\n").toString();
  }
}
