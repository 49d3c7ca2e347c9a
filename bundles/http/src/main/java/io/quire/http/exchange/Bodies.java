package io.quire.http.exchange;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads request bodies. All that are being received share a limit. To parse a long one and to
 * tokenise its text keeps a processor busy, and virtual threads are not interrupted for each other:
 * so only few long bodies are worked on at one time, and a processor stays free for the streams.
 */
public final class Bodies {
  /** Most bytes of all bodies that are being received. */
  static final long MAX_PENDING_BYTES = 32L * Json.MAX_BYTES;

  private static final int CHUNK = 64 << 10;

  /** From this length on a body is long. */
  private static final int LONG_BYTES = 64 << 10;

  private static final int RETRY_SECONDS = 1;

  /** How much of a body that is refused for its size is read away, so that the client listens. */
  private static final long DRAINED_BYTES = 4L * Json.MAX_BYTES;

  private final AtomicLong pending = new AtomicLong();
  private final Semaphore workers =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() - 1), true);

  /**
   * A body that was read.
   *
   * @param object its object
   * @param worked to be called when its text has been tokenised, or will not be; once
   */
  record Body(ObjectNode object, Runnable worked) {}

  /** Creates it. */
  public Bodies() {}

  /**
   * Reads a body.
   *
   * @param in its bytes
   * @return the body
   * @throws ApiException 400 if it is no acceptable JSON object, 413 if it is too long, 503 if too
   *     much is being received
   * @throws IOException if the client goes away
   */
  Body read(InputStream in) throws IOException {
    long held = 0;
    try {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      byte[] chunk = new byte[CHUNK];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        held += n;
        if (pending.addAndGet(n) > MAX_PENDING_BYTES) {
          throw ApiException.unavailable(
              RETRY_SECONDS,
              "request bodies of more than "
                  + MAX_PENDING_BYTES
                  + " bytes are being received, the most that is held; try again");
        }
        if (held > Json.MAX_BYTES) {
          in.skip(DRAINED_BYTES);
          throw ApiException.refused(
              413,
              "request_too_large",
              "the body has more than " + Json.MAX_BYTES + " bytes, the most that is read");
        }
        body.write(chunk, 0, n);
      }
      return parse(body.toByteArray());
    } finally {
      pending.addAndGet(-held);
    }
  }

  private Body parse(byte[] body) {
    if (body.length < LONG_BYTES) {
      return new Body(Json.readObject(body), () -> {});
    }
    workers.acquireUninterruptibly();
    boolean parsed = false;
    try {
      ObjectNode object = Json.readObject(body);
      parsed = true;
      return new Body(object, workers::release);
    } finally {
      if (!parsed) {
        workers.release();
      }
    }
  }
}
