package io.quire.bench.command;

import java.util.Locale;

/**
 * An option of a command.
 *
 * @param name without dashes
 * @param alias a second name, that of another tool; empty for none
 * @param value what stands for the value in the help; empty if the option takes none
 * @param standard the value if it is not given
 * @param about one line
 */
public record Option(String name, String alias, String value, String standard, String about) {
  /**
   * An option with a value.
   *
   * @param name without dashes
   * @param value what stands for the value in the help
   * @param standard the value if it is not given
   * @param about one line
   * @return the option
   */
  public static Option of(String name, String value, String standard, String about) {
    return new Option(name, "", value, standard, about);
  }

  /**
   * An option that is there or not.
   *
   * @param name without dashes
   * @param about one line
   * @return the option
   */
  public static Option flag(String name, String about) {
    return new Option(name, "", "", "", about);
  }

  /**
   * The same under a second name.
   *
   * @param other without dashes
   * @return the option
   */
  public Option orAs(String other) {
    return new Option(name, other, value, standard, about);
  }

  /** {@return whether it stands alone} */
  public boolean isFlag() {
    return value.isEmpty();
  }

  boolean isCalled(String text) {
    return text.equals(name) || (!alias.isEmpty() && text.equals(alias));
  }

  /** {@return its lines in a help text} */
  String help() {
    String left = "--" + name + (isFlag() ? "" : " " + value);
    String right = standard.isEmpty() ? about : about + " (default " + standard + ")";
    if (!alias.isEmpty()) {
      right += "; also --" + alias;
    }
    return String.format(Locale.ROOT, "  %-28s %s%n", left, right);
  }
}
