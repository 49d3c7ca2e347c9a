package io.quire.bench.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads server-sent events: the {@code data} of each, other fields and comments left out.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, section
 *     9.2</a>
 */
final class SseReader {
  /** No honest event is longer; one that is would fill the memory. */
  static final int MOST_BYTES = 4 << 20;

  private static final String DATA = "data:";

  private final InputStream in;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(512);
  private final byte[] buffer = new byte[16 << 10];
  private int at;
  private int end;
  private boolean afterReturn;

  SseReader(InputStream in) {
    this.in = in;
  }

  /**
   * Waits for the next event with data.
   *
   * @return its data, lines joined; null at the end of the stream, where an event that is not
   *     closed by an empty line is dropped
   * @throws IOException if the stream breaks, or an event is longer than {@link #MOST_BYTES}
   */
  String next() throws IOException {
    StringBuilder data = new StringBuilder();
    boolean any = false;
    for (String text = readLine(); text != null; text = readLine()) {
      if (text.isEmpty() && any) {
        return data.toString();
      }
      if (text.startsWith(DATA)) {
        int from = text.startsWith(" ", DATA.length()) ? DATA.length() + 1 : DATA.length();
        data.append(any ? "\n" : "").append(text, from, text.length());
        any = true;
        checkLength(data.length());
      }
    }
    return null;
  }

  /** {@return the next line without its end: LF, CR or both; null if the stream ends first} */
  private String readLine() throws IOException {
    line.reset();
    for (int b = read(); b >= 0; b = read()) {
      boolean secondHalf = afterReturn && b == '\n' && line.size() == 0;
      afterReturn = b == '\r';
      if (secondHalf) {
        continue;
      }
      if (b == '\n' || b == '\r') {
        return line.toString(StandardCharsets.UTF_8);
      }
      line.write(b);
      checkLength(line.size());
    }
    return null;
  }

  private int read() throws IOException {
    if (at == end) {
      end = in.read(buffer, 0, buffer.length);
      at = 0;
      if (end <= 0) {
        end = 0;
        return -1;
      }
    }
    return buffer[at++] & 0xff;
  }

  private static void checkLength(int length) throws IOException {
    if (length > MOST_BYTES) {
      throw new IOException("an event of the server is longer than " + MOST_BYTES + " bytes");
    }
  }
}
