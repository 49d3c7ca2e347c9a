package io.quire.tools.source;

import io.quire.tools.command.Command.Option;
import io.quire.tools.command.CommandLine;
import io.quire.tools.command.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which kernels a command looks at. */
public final class Selection {
  /** The lines of a command's usage. */
  public static final String USAGE =
      """
        --op OP         only this operation, or those that begin with OP.
        --kernel NAME   only kernels of this name
      """;

  /** The options. */
  public static final List<Option> OPTIONS =
      List.of(Option.value("op", ""), Option.value("kernel", ""));

  private Selection() {}

  /**
   * The kernels that a command line means: its files, or those of the distribution.
   *
   * @param line the command line
   * @param distribution the kernels there are
   * @return the kernels, at least one
   * @throws IOException if a file is no kernel
   * @throws UsageException if none is selected
   */
  public static List<TextSource> of(CommandLine line, Distribution distribution)
      throws IOException {
    if (!line.words().isEmpty()) {
      List<TextSource> sources = new ArrayList<>();
      for (String file : line.words()) {
        sources.add(TextSource.read(Path.of(file)));
      }
      return sources;
    }
    List<TextSource> sources = distribution.select(line.text("op"), line.text("kernel"));
    if (sources.isEmpty()) {
      throw new UsageException(
          "no kernel has this op and name; there are "
              + distribution.kernels().stream().map(TextSource::fullName).toList());
    }
    return sources;
  }
}
