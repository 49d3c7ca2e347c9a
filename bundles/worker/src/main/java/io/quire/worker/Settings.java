package io.quire.worker;

import io.quire.worker.ring.Ring;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The configuration, checked.
 *
 * @param backends symbolic names of bundles whose devices live in workers
 * @param without bundles that a worker does not have
 * @param vmArguments arguments of a worker's JVM
 * @param find how long a worker may take to find a device
 * @param heartbeat how long a worker may be silent
 * @param leave how long a plan or a process may take to end
 * @param sleep how threads wait for the other side
 */
record Settings(
    Set<String> backends,
    List<String> without,
    List<String> vmArguments,
    Duration find,
    Duration heartbeat,
    Duration leave,
    Ring.Sleep sleep) {
  /**
   * Reads the configuration.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  static Settings of(WorkerConfig config) {
    boolean inProcess =
        switch (config.worker()) {
          case "process" -> false;
          case "in-process" -> true;
          default ->
              throw new IllegalArgumentException(
                  WorkerConfig.PID
                      + ": worker is '"
                      + config.worker()
                      + "' but must be process or in-process.");
        };
    return new Settings(
        inProcess ? Set.of() : Set.copyOf(words(config.backends())),
        words(config.without()),
        List.of(config.vm_arguments()),
        seconds("find.seconds", config.find_seconds(), 3600),
        seconds("heartbeat.seconds", config.heartbeat_seconds(), 3600),
        seconds("leave.seconds", config.leave_seconds(), 600),
        new Ring.Sleep(range("spin.micros", config.spin_micros(), 0, 1000), true));
  }

  /** A text file has all of them in one line, apart by commas. */
  private static List<String> words(String[] values) {
    return Stream.of(values)
        .flatMap(value -> Stream.of(value.split(",")))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .toList();
  }

  /** {@return whether a worker does without the bundle} */
  boolean leavesOut(String symbolicName) {
    return without.stream()
        .anyMatch(pattern ->
            pattern.endsWith("*")
                ? symbolicName.startsWith(pattern.substring(0, pattern.length() - 1))
                : symbolicName.equals(pattern));
  }

  private static Duration seconds(String name, int value, int most) {
    return Duration.ofSeconds(range(name, value, 1, most));
  }

  private static int range(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          WorkerConfig.PID
              + ": "
              + name
              + " is "
              + value
              + " but must be "
              + least
              + " to "
              + most
              + ".");
    }
    return value;
  }
}
