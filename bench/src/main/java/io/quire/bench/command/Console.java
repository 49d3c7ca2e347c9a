package io.quire.bench.command;

import java.io.PrintStream;

/**
 * Where a command writes.
 *
 * @param out results
 * @param err progress and errors
 * @param interactive whether somebody watches: a line that rewrites itself makes sense
 */
public record Console(PrintStream out, PrintStream err, boolean interactive) {
  /** {@return that of this process} */
  public static Console ofProcess() {
    java.io.Console terminal = System.console();
    return new Console(System.out, System.err, terminal != null && terminal.isTerminal());
  }
}
