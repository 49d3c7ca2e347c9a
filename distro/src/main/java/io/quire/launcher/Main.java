package io.quire.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * {@code quire COMMAND [ARGUMENTS]}: what the script {@code quire} runs once everything is built.
 */
public final class Main {
  private static final String USAGE =
      """
      usage: quire COMMAND [ARGUMENTS]
        serve [MODEL]      serve a model to OpenAI clients; quire serve --help lists the options
        run [MODEL]        chat in this terminal
        pull [MODEL]       fetch a model; quire pull --list names them
        models             models that are on this machine
        shell [-c COMMAND] Gogo shell of the running server, or one command of it
        bench WHAT         benchmarks: serve, offline, kv, step, ring
        doctor             what this machine has, what is missing and how to get it
        test               build and run all tests (in a source tree)
        version            the version
      """;

  private Main() {}

  /**
   * Runs one command and ends the process with its status.
   *
   * @param arguments the command and its arguments
   */
  @SuppressForbidden("a launcher passes its status on")
  public static void main(String[] arguments) {
    System.exit(run(Arrays.asList(arguments), System.out, System.err));
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    String command = arguments.isEmpty() ? "help" : arguments.getFirst();
    List<String> rest = arguments.isEmpty() ? List.of() : arguments.subList(1, arguments.size());
    return ExitStatus.of(err, () -> dispatch(command, rest, out, err));
  }

  private static int dispatch(String command, List<String> rest, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    switch (command) {
      case "serve":
        return serve(rest, out, false);
      case "run":
        return serve(rest, out, true);
      case "pull":
        return new Pull(Home.fromEnvironment(), err).run(rest, out);
      case "models":
        return listModels(out);
      case "doctor":
        return new Doctor(Home.fromEnvironment()).run(out);
      case "version":
        out.println("quire " + Version.current());
        return 0;
      case "help", "--help", "-h":
        out.print(USAGE);
        return 0;
      default:
        throw new UsageException("there is no command " + command + "\n" + USAGE);
    }
  }

  private static int serve(List<String> arguments, PrintStream out, boolean chat)
      throws IOException, InterruptedException {
    if (arguments.contains("--help")) {
      out.print(ServeOptions.HELP);
      return 0;
    }
    Home home = Home.fromEnvironment();
    ServeOptions options = ServeOptions.parse(arguments);
    Deployment deployment = Deployment.of(options);
    String location = new ModelLocation(home).resolve(options.model());
    if (!chat) {
      options.checkAddress();
    }
    Path dist = Path.of(System.getProperty("quire.dist", "."));
    try (AuditFile _ = AuditFile.in(home.log())) {
      return new FrameworkRunner(dist, home, options, deployment, location, chat).run();
    }
  }

  private static int listModels(PrintStream out) throws IOException {
    ModelLocation models = new ModelLocation(Home.fromEnvironment());
    models.installed().forEach(out::println);
    return 0;
  }
}
