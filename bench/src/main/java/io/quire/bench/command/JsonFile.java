package io.quire.bench.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The option {@code --json FILE|-}: results for programs, beside those for people. */
public final class JsonFile {
  /** The option. */
  public static final Option OPTION =
      Option.of("json", "FILE|-", "", "write the results as JSON; - is the standard output");

  private final String target;
  private final Console console;

  /**
   * Reads the option.
   *
   * @param options of a command that takes {@link #OPTION}
   * @param console its console
   */
  public JsonFile(Options options, Console console) {
    this.target = options.text(OPTION.name());
    this.console = console;
  }

  /** {@return where the text for people goes: standard output, unless that is JSON's} */
  public PrintStream people() {
    return target.equals("-") ? console.err() : console.out();
  }

  /**
   * Writes the results, if they were asked for.
   *
   * @param results names to numbers, texts, lists and maps
   * @throws IOException if the file cannot be written
   */
  public void write(Map<String, Object> results) throws IOException {
    if (target.isEmpty()) {
      return;
    }
    String text =
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(results);
    if (target.equals("-")) {
      console.out().println(text);
    } else {
      Files.writeString(Path.of(target), text + "\n", StandardCharsets.UTF_8);
    }
  }
}
