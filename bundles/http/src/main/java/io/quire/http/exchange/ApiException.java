package io.quire.http.exchange;

import io.quire.api.engine.EngineException;

/** A request that is answered with an error, in OpenAI's words. */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final String INVALID = "invalid_request_error";

  /** HTTP status. */
  private final int status;

  /** OpenAI's type of error. */
  private final String type;

  /** The parameter, or empty. */
  private final String param;

  /** OpenAI's code, or empty. */
  private final String code;

  /** Seconds, or 0. */
  private final int retryAfterSeconds;

  private ApiException(
      int status, String type, String param, String code, int retryAfterSeconds, String message) {
    super(message, null, false, false);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /**
   * A wrong request: 400.
   *
   * @param param the parameter that is wrong, or empty
   * @param message what, the numbers, the remedy
   * @return the exception
   */
  public static ApiException invalid(String param, String message) {
    return new ApiException(400, INVALID, param, "", 0, message);
  }

  /**
   * A request that is wrong by its form: 4xx.
   *
   * @param status the status
   * @param code OpenAI's code
   * @param message what, the numbers, the remedy
   * @return the exception
   */
  public static ApiException refused(int status, String code, String message) {
    return new ApiException(status, INVALID, "", code, 0, message);
  }

  /**
   * A model that is not known: 404.
   *
   * @param message which are
   * @return the exception
   */
  public static ApiException modelNotFound(String message) {
    return new ApiException(404, INVALID, "model", "model_not_found", 0, message);
  }

  /**
   * Something that is not possible now: 503.
   *
   * @param retryAfterSeconds when to try again, 0 if that makes no sense
   * @param message why
   * @return the exception
   */
  public static ApiException unavailable(int retryAfterSeconds, String message) {
    return new ApiException(
        503, "server_error", "", "service_unavailable", retryAfterSeconds, message);
  }

  /**
   * Something inside failed: 500.
   *
   * @param message what the caller may know
   * @return the exception
   */
  public static ApiException internal(String message) {
    return new ApiException(500, "server_error", "", "internal_error", 0, message);
  }

  /**
   * An engine's refusal.
   *
   * @param e the refusal
   * @return the same for HTTP
   */
  public static ApiException of(EngineException e) {
    return switch (e.kind()) {
      case INVALID_REQUEST -> invalid(e.parameter(), e.getMessage());
      case QUEUE_FULL ->
          new ApiException(
              429,
              "rate_limit_error",
              "",
              "queue_full",
              Math.max(1, e.retryAfterSeconds()),
              e.getMessage());
      case UNAVAILABLE -> unavailable(Math.max(1, e.retryAfterSeconds()), e.getMessage());
      case INTERNAL ->
          new ApiException(
              500, "server_error", "", "internal_error", e.retryAfterSeconds(), e.getMessage());
    };
  }

  /**
   * The same for another parameter, as the caller knows it.
   *
   * @param from the parameter's inner name
   * @param to its name in the request
   * @return this or a copy
   */
  public ApiException renamed(String from, String to) {
    return param.equals(from)
        ? new ApiException(status, type, to, code, retryAfterSeconds, getMessage())
        : this;
  }

  /** {@return the HTTP status} */
  public int status() {
    return status;
  }

  /** {@return OpenAI's type of error} */
  public String type() {
    return type;
  }

  /** {@return the parameter that is wrong, or empty} */
  public String param() {
    return param;
  }

  /** {@return OpenAI's code, or empty} */
  public String code() {
    return code;
  }

  /** {@return seconds after which to try again, or 0} */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
