package io.quire.tools.source;

import io.quire.gpu.tune.Combinations;
import io.quire.tools.command.Command.Option;
import io.quire.tools.command.CommandLine;
import java.util.List;
import java.util.Locale;

/** Which combinations of tunables a command line means. */
public final class Tunables {
  /** The option's lines in a command's usage. */
  public static final String USAGE =
      """
        --tunables SET  chosen (default): those that a server takes without a tuner; each: every
                        candidate of every tunable at least once; all: every combination
      """;

  /** The option. */
  public static final Option OPTION = Option.value("tunables", "chosen");

  private static final List<String> SETS = List.of("chosen", "each", "all");

  private Tunables() {}

  /**
   * Reads the option.
   *
   * @param line the command line
   * @return how many of a kernel's combinations are wanted
   */
  public static Combinations.Extent of(CommandLine line) {
    return Combinations.Extent.valueOf(line.word("tunables", SETS).toUpperCase(Locale.ROOT));
  }
}
