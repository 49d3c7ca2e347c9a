package io.quire.http.exchange;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads request bodies. All that are being received share a limit, and few are parsed at one time,
 * since a parsed body takes several times its bytes.
 */
public final class Bodies {
  /** Most bytes of all bodies that are being received. */
  static final long MAX_PENDING_BYTES = 32L * Json.MAX_BYTES;

  private static final int CHUNK = 64 << 10;
  private static final int RETRY_SECONDS = 1;

  /** How much of a body that is refused for its size is read away, so that the client listens. */
  private static final long DRAINED_BYTES = 4L * Json.MAX_BYTES;

  private final AtomicLong pending = new AtomicLong();
  private final Semaphore parsers =
      new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()));

  /** Creates it. */
  public Bodies() {}

  /**
   * Reads a body.
   *
   * @param in its bytes
   * @return its object
   * @throws ApiException 400 if it is no acceptable JSON object, 413 if it is too long, 503 if too
   *     much is being received
   * @throws IOException if the client goes away
   */
  ObjectNode read(InputStream in) throws IOException {
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

  private ObjectNode parse(byte[] body) {
    parsers.acquireUninterruptibly();
    try {
      return Json.readObject(body);
    } finally {
      parsers.release();
    }
  }
}
