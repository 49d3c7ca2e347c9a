package io.quire.bench.command;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The options that a command was given, defaults filled in. Wrong values are refused when read. */
public final class Options {
  private final List<Option> known;
  private final Map<String, String> given;

  private Options(List<Option> known, Map<String, String> given) {
    this.known = known;
    this.given = given;
  }

  /**
   * Reads a command line: {@code --name value}, {@code --name=value} and flags.
   *
   * @param known the options there are
   * @param arguments the command line
   * @return the options
   * @throws UsageException if an option is unknown, given twice, without its value, or a word
   *     stands alone
   */
  public static Options parse(List<Option> known, List<String> arguments) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("--")) {
        throw new UsageException(argument + " is not an option; see --help");
      }
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument.substring(2) : argument.substring(2, equals);
      Option option = find(known, name);
      String value = "true";
      if (equals >= 0) {
        value = argument.substring(equals + 1);
      } else if (!option.isFlag()) {
        if (++i == arguments.size()) {
          throw new UsageException("option --" + name + " needs a value: " + option.value());
        }
        value = arguments.get(i);
      }
      if (option.isFlag() && !value.equals("true")) {
        throw new UsageException("option --" + name + " takes no value, but has " + value);
      }
      if (given.put(option.name(), value) != null) {
        throw new UsageException("option --" + name + " is given twice");
      }
    }
    return new Options(known, given);
  }

  private static Option find(List<Option> known, String name) {
    for (Option option : known) {
      if (option.isCalled(name)) {
        return option;
      }
    }
    throw new UsageException("there is no option --" + name + "; see --help");
  }

  /**
   * A value as it is.
   *
   * @param name an option
   * @return its value
   */
  public String text(String name) {
    String value = given.get(name);
    return value == null ? find(known, name).standard() : value;
  }

  /**
   * Whether an option was given.
   *
   * @param name an option
   * @return whether it was
   */
  public boolean has(String name) {
    return given.containsKey(find(known, name).name());
  }

  /**
   * A whole number.
   *
   * @param name an option
   * @param least the smallest
   * @param most the largest
   * @return its value
   */
  public int integer(String name, int least, int most) {
    return (int) whole(name, least, most);
  }

  /**
   * A whole number.
   *
   * @param name an option
   * @param least the smallest
   * @param most the largest
   * @return its value
   */
  public long whole(String name, long least, long most) {
    String text = text(name);
    try {
      long value = Long.parseLong(text);
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
   * A number, or {@code inf}.
   *
   * @param name an option
   * @param least the smallest
   * @param most the largest, infinity included
   * @return its value
   */
  public double number(String name, double least, double most) {
    return number(name, text(name), least, most);
  }

  /**
   * Numbers with commas between them.
   *
   * @param name an option
   * @param least the smallest
   * @param most the largest
   * @return its values, at least one
   */
  public double[] numbers(String name, double least, double most) {
    String[] parts = text(name).split(",", -1);
    double[] values = new double[parts.length];
    for (int i = 0; i < parts.length; i++) {
      values[i] = number(name, parts[i].strip(), least, most);
    }
    return values;
  }

  private static double number(String name, String text, double least, double most) {
    try {
      double value = text.equals("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException expected) {
      // one message for both mistakes
    }
    throw new UsageException(
        String.format(
            Locale.ROOT, "--%s %s is not a number from %s to %s", name, text, least, most));
  }

  /**
   * One of several words.
   *
   * @param name an option
   * @param words the words there are
   * @return its value
   */
  public String word(String name, List<String> words) {
    String text = text(name);
    if (!words.contains(text)) {
      throw new UsageException(
          String.format(Locale.ROOT, "--%s %s is none of %s", name, text, words));
    }
    return text;
  }
}
