package io.quire.tools.command;

import io.quire.tools.command.Command.Option;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The options and words that a command was given. Wrong values are refused when they are read. */
public final class CommandLine {
  private final List<Option> known;
  private final Map<String, String> given;
  private final List<String> words;

  private CommandLine(List<Option> known, Map<String, String> given, List<String> words) {
    this.known = known;
    this.given = given;
    this.words = words;
  }

  /**
   * Reads {@code --name value}, {@code --name=value}, flags and words.
   *
   * @param known the options there are
   * @param arguments the command line
   * @return what it says
   * @throws UsageException if an option is unknown, given twice or without its value
   */
  public static CommandLine parse(List<Option> known, List<String> arguments) {
    Map<String, String> given = new HashMap<>();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("--")) {
        words.add(argument);
        continue;
      }
      int equals = argument.indexOf('=');
      Option option = find(known, argument.substring(2, equals < 0 ? argument.length() : equals));
      String value = "true";
      if (option.flag() && equals >= 0) {
        throw new UsageException("option --" + option.name() + " takes no value");
      }
      if (equals >= 0) {
        value = argument.substring(equals + 1);
      } else if (!option.flag()) {
        if (++i == arguments.size()) {
          throw new UsageException("option --" + option.name() + " needs a value; see --help");
        }
        value = arguments.get(i);
      }
      if (given.put(option.name(), value) != null) {
        throw new UsageException("option --" + option.name() + " is given twice");
      }
    }
    return new CommandLine(List.copyOf(known), given, List.copyOf(words));
  }

  private static Option find(List<Option> known, String name) {
    return known.stream()
        .filter(option -> option.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "there is no option --"
                    + name
                    + "; there are "
                    + known.stream().map(option -> "--" + option.name()).toList()));
  }

  /** {@return the words that belong to no option} */
  public List<String> words() {
    return words;
  }

  /**
   * Whether a flag or option was given.
   *
   * @param name the option
   * @return whether it was
   */
  public boolean has(String name) {
    return given.containsKey(find(known, name).name());
  }

  /**
   * A value.
   *
   * @param name the option
   * @return what was given, or its default
   */
  public String text(String name) {
    Option option = find(known, name);
    return given.getOrDefault(name, option.standard());
  }

  /**
   * A value that must be given.
   *
   * @param name the option
   * @param example for the message if it is missing
   * @return what was given
   * @throws UsageException if it is missing
   */
  public String required(String name, String example) {
    String value = text(name);
    if (value.isEmpty()) {
      throw new UsageException("--" + name + " is missing, such as --" + name + " " + example);
    }
    return value;
  }

  /**
   * A value that is one of several words.
   *
   * @param name the option
   * @param allowed the words
   * @return the word
   * @throws UsageException if it is none of them
   */
  public String word(String name, List<String> allowed) {
    String value = text(name);
    if (!allowed.contains(value)) {
      throw new UsageException("--" + name + " " + value + " is none of " + allowed);
    }
    return value;
  }

  /**
   * A whole number.
   *
   * @param name the option
   * @param least the smallest
   * @param most the largest
   * @return the number
   * @throws UsageException if it is none or out of range
   */
  public int integer(String name, int least, int most) {
    String text = text(name);
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException expected) {
      // one message for both mistakes
    }
    throw new UsageException(
        String.format(
            Locale.ROOT, "--%s %s is not a whole number from %d to %d", name, text, least, most));
  }

  /**
   * Refuses words that belong to no option.
   *
   * @throws UsageException if there are any
   */
  public void noWords() {
    if (!words.isEmpty()) {
      throw new UsageException(words.getFirst() + " is not an option; see --help");
    }
  }
}
