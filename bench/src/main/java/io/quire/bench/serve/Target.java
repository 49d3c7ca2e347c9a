package io.quire.bench.serve;

import java.net.URI;
import java.time.Duration;

/**
 * What the load goes to, and what every request has alike.
 *
 * @param base the server, such as {@code http://127.0.0.1:8000}
 * @param endpoint {@code /v1/completions} or {@code /v1/chat/completions}
 * @param model the model's name
 * @param apiKey sent as bearer; empty for none
 * @param ignoreEos whether every answer is as long as asked for
 * @param temperature of sampling
 * @param timeout how long one answer may take as a whole
 */
record Target(
    String base,
    String endpoint,
    String model,
    String apiKey,
    boolean ignoreEos,
    double temperature,
    Duration timeout) {
  static final String COMPLETIONS = "/v1/completions";
  static final String CHAT = "/v1/chat/completions";

  boolean chat() {
    return endpoint.equals(CHAT);
  }

  URI uri(String path) {
    return URI.create(base.replaceAll("/+$", "") + path);
  }

  Target withModel(String name) {
    return new Target(base, endpoint, name, apiKey, ignoreEos, temperature, timeout);
  }
}
