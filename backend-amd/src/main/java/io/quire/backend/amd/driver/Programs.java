package io.quire.backend.amd.driver;

import io.quire.api.device.CompileOptions;
import io.quire.backend.amd.program.BinaryCache;
import io.quire.backend.amd.program.PreludeText;
import io.quire.backend.amd.program.ProgramKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_program;

/**
 * The programs of a driver. Modules with the same text share one; it is kept while one of them is
 * open. Several threads may compile; two that want the same text compile it once.
 */
final class Programs {
  private final OpenClDriver driver;
  private final PreludeText preludes;
  private final Compiler compiler;
  private final Map<ProgramKey, Shared> programs = new HashMap<>();

  /** A program with the number of its users. */
  private static final class Shared {
    private Optional<cl_program> program = Optional.empty();
    private int users;
  }

  Programs(OpenClDriver driver, PreludeText preludes, BinaryCache cache) {
    this.driver = driver;
    this.preludes = preludes;
    compiler = new Compiler(driver, cache);
  }

  /** Compiles, or takes what was compiled before. The caller is inside the guard. */
  OpenClModule module(String source, CompileOptions options) {
    String text = preludes.assemble(driver.device.prelude(), source, options);
    ProgramKey key =
        ProgramKey.of("1", text, driver.device.prelude().options(), driver.device.build());
    Shared shared = take(key);
    try {
      cl_program program;
      synchronized (shared) {
        if (shared.program.isEmpty()) {
          shared.program = Optional.of(compiler.compile(key, text, options.name()));
        }
        program = shared.program.get();
      }
      return driver.keep(
          new OpenClModule(driver, options.name(), program, () -> drop(key, shared)));
    } catch (RuntimeException e) {
      drop(key, shared);
      throw e;
    }
  }

  private synchronized Shared take(ProgramKey key) {
    Shared shared = programs.computeIfAbsent(key, k -> new Shared());
    shared.users++;
    return shared;
  }

  private synchronized void drop(ProgramKey key, Shared shared) {
    shared.users--;
    if (shared.users == 0) {
      programs.remove(key);
      shared.program.ifPresent(CL::clReleaseProgram);
    }
  }
}
