package io.quire.tools.compile;

import io.quire.tools.source.DialectTexts;
import io.quire.tools.target.Target;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Compiles many texts, some at the same time. */
final class Workshop {
  private static final int PROGRESS = 20;

  private final Compilers toolchains;
  private final DialectTexts dialect;
  private final Path folder;
  private final int parallel;
  private final boolean noSpills;
  private final PrintStream err;

  Workshop(
      Compilers toolchains,
      DialectTexts dialect,
      Path folder,
      int parallel,
      boolean noSpills,
      PrintStream err) {
    this.toolchains = toolchains;
    this.dialect = dialect;
    this.folder = folder;
    this.parallel = parallel;
    this.noSpills = noSpills;
    this.err = err;
  }

  /** Finds the compiler of a target. */
  @FunctionalInterface
  interface Compilers {
    /**
     * Finds one.
     *
     * @param target the device
     * @return its compiler
     * @throws Toolchain.MissingException if it is not on this machine
     * @throws IOException if it cannot be set up
     */
    Toolchain of(Target target) throws Toolchain.MissingException, IOException;
  }

  /**
   * A compilation that is over.
   *
   * @param job what was compiled
   * @param compiled the outcome
   * @param verdict what is wrong, in short; empty if nothing
   */
  record Done(Job job, Compiled compiled, String verdict) {}

  List<Done> compile(List<Job> jobs) throws InterruptedException, IOException {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            parallel, Thread.ofPlatform().name("kernel-compiler-", 0).factory());
    try {
      List<Future<Done>> pending = new ArrayList<>();
      for (Job job : jobs) {
        Toolchain toolchain = toolchains.of(job.target());
        pending.add(threads.submit(() -> compile(toolchain, job)));
      }
      List<Done> done = new ArrayList<>();
      for (Future<Done> future : pending) {
        done.add(future.get());
        tell(done.getLast(), done.size(), jobs.size());
      }
      return done;
    } catch (ExecutionException e) {
      throw new IOException("a compilation ended early: " + e.getCause(), e.getCause());
    } catch (Toolchain.MissingException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      threads.shutdownNow();
    }
  }

  private Done compile(Toolchain toolchain, Job job) throws IOException, InterruptedException {
    try {
      String text =
          dialect.assemble(
              job.target().prelude(),
              job.macros(),
              job.source().header().name() + ".qk",
              job.source().text());
      Path stem = folder.resolve(job.target().name()).resolve(job.fileName());
      Compiled compiled = toolchain.compile(job.target(), text, stem);
      return new Done(job, compiled, verdict(job, compiled));
    } catch (IllegalArgumentException e) {
      return new Done(job, Compiled.failed(e.getMessage()), "FAILED");
    }
  }

  private String verdict(Job job, Compiled compiled) {
    if (!compiled.succeeded()) {
      return "FAILED";
    }
    if (compiled.localBytes() > job.target().localMemory()) {
      return "LOCAL MEMORY above " + job.target().localMemory();
    }
    if (noSpills && job.isJudged() && compiled.spills() > 0) {
      return "SPILLS";
    }
    if (job.isJudged() && job.target().hasMatrixUnit() && compiled.matrix().isEmpty()) {
      return "NO MATRIX INSTRUCTION";
    }
    return "";
  }

  private void tell(Done done, int count, int all) {
    if (!done.compiled().succeeded()) {
      err.printf(
          Locale.ROOT,
          "%s: %s %s %s %s does not compile:%n%s%n",
          done.job().target().name(),
          done.job().source().fullName(),
          done.job().dtype(),
          done.job().shape(),
          done.job().tunablesText(),
          done.compiled().log());
    }
    if (count % PROGRESS == 0) {
      err.printf(Locale.ROOT, "%d of %d compiled%n", count, all);
    }
  }
}
