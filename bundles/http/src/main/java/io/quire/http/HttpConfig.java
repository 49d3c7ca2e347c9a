package io.quire.http;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of the API, PID {@code io.quire.http}. The port and the address are Jetty's. */
@ObjectClassDefinition(name = "Quire HTTP API", description = "The OpenAI-compatible API")
public @interface HttpConfig {
  /** {@return a file of API keys} */
  @AttributeDefinition(
      name = "API key file",
      description =
          "File with one API key per line, read again when it changes. Empty: no key is asked for.")
  String api_key_file() default "";

  /** {@return origins of web pages that may call the API} */
  @AttributeDefinition(
      name = "Allowed origins",
      description =
          "Origins such as https://example.org whose pages may call the API, or * for all."
              + " Empty: none.")
  String[] allowed_origins() default {};

  /** {@return seconds} */
  @AttributeDefinition(
      name = "Stall seconds",
      description = "A client that accepts no byte for this long is cut off, 1 to 3600.")
  int stall_seconds() default 30;

  /** {@return seconds} */
  @AttributeDefinition(
      name = "Heartbeat seconds",
      description = "A stream gets a comment after this long without a token, 1 to 3600.")
  int heartbeat_seconds() default 5;

  /** {@return a number of requests} */
  @AttributeDefinition(
      name = "Most requests",
      description = "Requests in progress at one time, 1 to 100000; further ones get 503.")
  int max_requests() default 1024;
}
