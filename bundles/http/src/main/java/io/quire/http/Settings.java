package io.quire.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the configuration says, checked.
 *
 * @param keyFile file of API keys, empty if none is asked for
 * @param origins allowed origins
 * @param stall how long a client may accept no byte
 * @param heartbeat how long a stream may be silent
 * @param maxRequests most requests in progress
 */
record Settings(
    Optional<Path> keyFile,
    Set<String> origins,
    Duration stall,
    Duration heartbeat,
    int maxRequests) {
  /**
   * Reads a configuration.
   *
   * @param config the configuration
   * @return the settings
   * @throws IllegalArgumentException if a number is out of range
   */
  static Settings of(HttpConfig config) {
    String file = config.api_key_file().strip();
    return new Settings(
        file.isEmpty() ? Optional.empty() : Optional.of(Path.of(file)),
        Set.copyOf(List.of(config.allowed_origins())),
        Duration.ofSeconds(within("stall.seconds", config.stall_seconds(), 3600)),
        Duration.ofSeconds(within("heartbeat.seconds", config.heartbeat_seconds(), 3600)),
        within("max.requests", config.max_requests(), 100_000));
  }

  private static int within(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          name
              + " is "
              + value
              + " but must be between 1 and "
              + most
              + "; the API does not start. Correct it in the configuration io.quire.http.");
    }
    return value;
  }
}
