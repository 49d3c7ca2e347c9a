package io.quire.http.request;

import io.quire.http.exchange.ApiException;

/**
 * How the answer comes.
 *
 * @param stream as events, or whole
 * @param usage whether an event at the end has the usage
 * @param continuousUsage whether every event has it
 */
public record StreamMode(boolean stream, boolean usage, boolean continuousUsage) {
  static StreamMode read(Fields f) {
    boolean stream = f.flag("stream", false);
    if (!stream && f.find("stream_options").isPresent()) {
      throw ApiException.invalid(
          "stream_options", "stream_options is given but stream is not true; set it or leave both");
    }
    return f.child("stream_options")
        .map(options -> {
          boolean usage = options.flag("include_usage", false);
          boolean continuous = options.flag("continuous_usage_stats", false);
          return new StreamMode(stream, usage, usage && continuous);
        })
        .orElse(new StreamMode(stream, false, false));
  }
}
