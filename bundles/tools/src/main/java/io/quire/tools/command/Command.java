package io.quire.tools.command;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** One word behind {@code quire kernels}. */
public interface Command {
  /** {@return the word} */
  String name();

  /** {@return one line for the list of commands} */
  String about();

  /** {@return how it is called, its options and their defaults} */
  String usage();

  /** {@return the options it knows} */
  List<Option> options();

  /**
   * Runs it.
   *
   * @param line its options and words
   * @param out results
   * @param err progress
   * @return the status of the process: 0, or 1 if something that it looked at is wrong
   * @throws IOException if a file cannot be read or written
   * @throws InterruptedException if the thread is interrupted
   */
  int run(CommandLine line, PrintStream out, PrintStream err)
      throws IOException, InterruptedException;

  /**
   * An option.
   *
   * @param name without the hyphens
   * @param flag whether it has no value
   * @param standard its value if it is not given; empty: none
   */
  record Option(String name, boolean flag, String standard) {
    /**
     * An option with a value.
     *
     * @param name without the hyphens
     * @param standard its value if it is not given
     * @return the option
     */
    public static Option value(String name, String standard) {
      return new Option(name, false, standard);
    }

    /**
     * An option without a value.
     *
     * @param name without the hyphens
     * @return the option
     */
    public static Option flag(String name) {
      return new Option(name, true, "");
    }
  }
}
