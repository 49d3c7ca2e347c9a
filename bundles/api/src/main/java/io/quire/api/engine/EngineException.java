package io.quire.api.engine;

/** A request is refused or has failed; the engine is otherwise sound. */
public class EngineException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of error it is, and so who can do something about it. */
  public enum Kind {
    /** The request is wrong: the caller must change it. */
    INVALID_REQUEST,
    /** Too much is waiting: try again later. */
    QUEUE_FULL,
    /** The model is stopping, or has no device: try again later. */
    UNAVAILABLE,
    /** Something inside failed: the request may or may not work again. */
    INTERNAL
  }

  /** The kind. */
  private final Kind kind;

  /** The parameter. */
  private final String parameter;

  /** Seconds. */
  private final int retryAfterSeconds;

  /**
   * Creates one.
   *
   * @param kind what kind
   * @param parameter the request's parameter that is wrong, empty if none is
   * @param retryAfterSeconds when to try again, 0 if that makes no sense
   * @param message what, the numbers, the consequence, the remedy
   */
  public EngineException(Kind kind, String parameter, int retryAfterSeconds, String message) {
    super(message);
    this.kind = kind;
    this.parameter = parameter;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /**
   * A wrong request.
   *
   * @param parameter the parameter that is wrong
   * @param message what, the numbers, the remedy
   * @return the exception
   */
  public static EngineException invalid(String parameter, String message) {
    return new EngineException(Kind.INVALID_REQUEST, parameter, 0, message);
  }

  /** {@return what kind} */
  public Kind kind() {
    return kind;
  }

  /** {@return the request's parameter that is wrong, empty if none is} */
  public String parameter() {
    return parameter;
  }

  /** {@return seconds after which to try again, 0 if that makes no sense} */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }
}
