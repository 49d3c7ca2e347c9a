package io.quire.bench.command;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** One benchmark of {@code quire bench}. */
public interface Benchmark {
  /** {@return the word that chooses it} */
  String name();

  /** {@return what it measures, in one line} */
  String about();

  /** {@return the options it takes} */
  List<Option> options();

  /**
   * Measures.
   *
   * @param options as given, defaults filled in
   * @param console where results and progress go
   * @return 0 if all went well, 1 if something failed or an enforced goal was missed
   * @throws IOException if a file or a server cannot be read or written
   * @throws InterruptedException if the thread is interrupted
   * @throws UsageException if an option's value cannot be used
   */
  int run(Options options, Console console) throws IOException, InterruptedException;

  /** {@return its help} */
  default String usage() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(Locale.ROOT, "usage: quire bench %s [OPTIONS]%n%s%n", name(), about()));
    for (Option option : options()) {
      text.append(option.help());
    }
    return text.toString();
  }
}
