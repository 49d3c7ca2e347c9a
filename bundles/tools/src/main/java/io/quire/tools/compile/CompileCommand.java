package io.quire.tools.compile;

import io.quire.testkit.kernel.CaseSource;
import io.quire.tools.command.Command;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.TextTable;
import io.quire.tools.shape.Shapes;
import io.quire.tools.source.Distribution;
import io.quire.tools.source.Selection;
import io.quire.tools.source.TextSource;
import io.quire.tools.source.Tunables;
import io.quire.tools.target.Target;
import io.quire.tools.target.Targets;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** {@code compile}: kernels through the makers' compilers, without their devices. */
public final class CompileCommand implements Command {
  private static final int MOST_JOBS = 64;

  private final Distribution distribution;
  private final CaseSource cases;

  /**
   * Creates it.
   *
   * @param distribution the kernels there are
   * @param cases whose shapes are compiled
   */
  public CompileCommand(Distribution distribution, CaseSource cases) {
    this.distribution = distribution;
    this.cases = cases;
  }

  @Override
  public String name() {
    return "compile";
  }

  @Override
  public String about() {
    return "compile for devices that need not be here: registers, spills, matrix instructions";
  }

  @Override
  public String usage() {
    String names = String.join(", ", Targets.all().stream().map(Target::name).toList());
    String text =
        """
        usage: quire kernels compile --target T[,T...] --out DIR [OPTIONS] [FILE.qk ...]
          --target T      %s or all
          --out DIR       gets whole texts, objects, listings and table.txt, in a folder a target
        %s%s          --shapes WHICH  model (Llama 3 8B), cases (of the contract), all (default)
          --no-spills     status 1 if attention or linear.tile, as a server takes them, spill registers
          --jobs N        compilers that run at the same time (default 2)
        Without FILE the kernels of the distribution are compiled. REGISTERS are those of a lane (AMD:
        +those of a wave; Intel: of a thread), LOCAL and PRIVATE bytes, SPILLS registers (AMD) or bytes;
        a kernel with several entry points has a number for each. Status 1: something does not compile,
        wants more local memory than the target has, or is attention or linear.tile, as a server takes
        them, without matrix instructions where the target has a matrix unit.
        """;
    return String.format(Locale.ROOT, text, names, Selection.USAGE, Tunables.USAGE);
  }

  @Override
  public List<Option> options() {
    return Stream.concat(
            Selection.OPTIONS.stream(),
            Stream.of(
                Option.value("target", ""),
                Option.value("out", ""),
                Option.value("shapes", "all"),
                Tunables.OPTION,
                Option.flag("no-spills"),
                Option.value("jobs", "2")))
        .toList();
  }

  @Override
  public int run(CommandLine line, PrintStream out, PrintStream err)
      throws IOException, InterruptedException {
    List<Target> targets = Targets.named(line.required("target", "gfx942"));
    Path folder = Path.of(line.required("out", "compiled")).toAbsolutePath();
    List<TextSource> sources = Selection.of(line, distribution);
    String kind = line.word("shapes", List.of("model", "cases", "all"));
    int parallel = line.integer("jobs", 1, MOST_JOBS);
    Planner planner =
        new Planner(
            new Shapes(cases),
            Shapes.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
            Tunables.of(line));
    boolean failed = false;
    List<Job> jobs = new ArrayList<>();
    try (Toolchains toolchains = new Toolchains(Machine.here())) {
      for (Target target : targets) {
        try {
          err.println(target.name() + ": " + toolchains.of(target).version());
          sources.forEach(source -> jobs.addAll(planner.plan(source, target)));
          Files.createDirectories(folder.resolve(target.name()));
        } catch (Toolchain.MissingException e) {
          err.println(target.name() + ": LEFT OUT: " + e.getMessage());
          failed |= !line.text("target").equals("all");
        }
      }
      Workshop workshop =
          new Workshop(
              toolchains, distribution.dialect(), folder, parallel, line.has("no-spills"), err);
      failed |= report(workshop.compile(jobs), planner, folder, out);
    }
    return failed || jobs.isEmpty() ? 1 : 0;
  }

  private static TextTable table(List<Workshop.Done> done) {
    TextTable table =
        new TextTable(
            "TARGET",
            "KERNEL",
            "DTYPE",
            "SHAPE",
            "TUNABLES",
            "REGISTERS",
            "LOCAL",
            "SPILLS",
            "PRIVATE",
            "MATRIX",
            "FILE",
            "RESULT");
    for (Workshop.Done each : done) {
      Compiled compiled = each.compiled();
      table.add(
          each.job().target().name(),
          each.job().source().fullName(),
          each.job().dtype(),
          each.job().shape(),
          each.job().tunablesText(),
          compiled.each(EntryNumbers::registersText),
          compiled.each(EntryNumbers::localBytes),
          compiled.each(EntryNumbers::spills),
          compiled.each(EntryNumbers::privateBytes),
          compiled.matrixText(),
          each.job().fileName(),
          each.verdict().isEmpty() ? "ok" : each.verdict());
    }
    return table;
  }

  /** Writes what there is to say, and says whether anything is wrong. */
  private boolean report(List<Workshop.Done> done, Planner planner, Path folder, PrintStream out)
      throws IOException {
    String table = table(done).text();
    Files.writeString(Files.createDirectories(folder).resolve("table.txt"), table);
    out.print(table);
    planner.notServed().forEach(line -> out.println("not served: " + line));
    planner.errors().forEach(line -> out.println("ERROR: " + line));
    distribution.broken().forEach(line -> out.println("ERROR: " + line));
    long wrong = done.stream().filter(each -> !each.verdict().isEmpty()).count();
    int errors = planner.errors().size() + distribution.broken().size();
    out.printf(
        Locale.ROOT, "%d compiled, %d wrong, %d errors in headers%n", done.size(), wrong, errors);
    return wrong + errors > 0;
  }
}
