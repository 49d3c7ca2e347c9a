package io.quire.gpu.program;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The programs of a driver. Modules with the same text share one; it is kept while one of them is
 * open. Several threads may compile; two that want the same text compile it once.
 *
 * @param <P> the driver's programs
 */
public final class SharedPrograms<P> {
  private final Consumer<P> release;
  private final Map<ProgramKey, Shared<P>> programs = new HashMap<>();

  /** A program with the number of its users. */
  private static final class Shared<P> {
    private Optional<P> program = Optional.empty();
    private int users;
  }

  /**
   * A program and the way to give it back.
   *
   * @param <P> the driver's programs
   * @param program the program
   * @param unused to be called once, when it is not needed any more
   */
  public record Use<P>(P program, Runnable unused) {}

  /**
   * Begins with none.
   *
   * @param release frees a program that nobody uses any more
   */
  public SharedPrograms(Consumer<P> release) {
    this.release = release;
  }

  /**
   * Makes a module of a program that exists or is compiled now.
   *
   * @param <M> the module
   * @param key what identifies the program
   * @param compile makes the program
   * @param module makes the module, which calls {@link Use#unused} when it is closed
   * @return the module
   */
  public <M> M use(ProgramKey key, Supplier<P> compile, Function<Use<P>, M> module) {
    Shared<P> shared = take(key);
    try {
      P program;
      synchronized (shared) {
        if (shared.program.isEmpty()) {
          shared.program = Optional.of(compile.get());
        }
        program = shared.program.get();
      }
      return module.apply(new Use<>(program, () -> drop(key, shared)));
    } catch (RuntimeException e) {
      drop(key, shared);
      throw e;
    }
  }

  private synchronized Shared<P> take(ProgramKey key) {
    Shared<P> shared = programs.computeIfAbsent(key, k -> new Shared<>());
    shared.users++;
    return shared;
  }

  private synchronized void drop(ProgramKey key, Shared<P> shared) {
    shared.users--;
    if (shared.users == 0) {
      programs.remove(key);
      shared.program.ifPresent(release);
    }
  }
}
