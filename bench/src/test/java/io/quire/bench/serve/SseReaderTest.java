package io.quire.bench.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

class SseReaderTest {
  @Test
  void shouldReadDataAndLeaveOutTheRest() throws IOException {
    String text =
        ": a comment\n\nevent: x\ndata: one\nid: 7\n\ndata:two\ndata: more\n\ndata:  spaced\n\n";
    assertEquals(List.of("one", "two\nmore", " spaced"), read(text));
  }

  @Test
  void shouldReadEveryLineEnd() throws IOException {
    assertEquals(List.of("a", "b", "c"), read("data: a\r\n\r\ndata: b\r\rdata: c\n\n"));
    assertEquals(List.of("a", "b"), read("data: a\r\n\r\n\r\ndata: b\n\n"));
  }

  @Test
  void shouldDropAnEventThatIsNotClosed() throws IOException {
    assertEquals(List.of("a"), read("data: a\n\ndata: b\n"));
    assertEquals(List.of("a"), read("data: a\n\ndata: b"));
    assertEquals(List.of(), read(""));
  }

  @Test
  @ExtendWith(Seed.class)
  void shouldReadTheSameHoweverTheBytesArrive(RandomGenerator random) throws IOException {
    List<String> expected = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      String data = "{\"text\":\"" + "äß漢🙂".repeat(random.nextInt(60)) + i + "\"}";
      expected.add(data);
      text.append("data: ").append(data).append(random.nextBoolean() ? "\n\n" : "\r\n\r\n");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    assertEquals(expected, readAll(new Trickle(bytes, random)));
  }

  @Test
  void shouldRefuseAnEndlessEvent() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    String message =
        assertThrows(IOException.class, () -> new SseReader(endless).next()).getMessage();
    assertTrue(message.contains("longer than " + SseReader.MOST_BYTES), message);
  }

  private static List<String> read(String text) throws IOException {
    return readAll(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<String> readAll(InputStream in) throws IOException {
    SseReader reader = new SseReader(in);
    List<String> all = new ArrayList<>();
    for (String data = reader.next(); data != null; data = reader.next()) {
      all.add(data);
    }
    return all;
  }

  /** Gives bytes in parts of any size. */
  private static final class Trickle extends ByteArrayInputStream {
    private final RandomGenerator random;

    Trickle(byte[] bytes, RandomGenerator random) {
      super(bytes);
      this.random = random;
    }

    @Override
    public synchronized int read(byte[] target, int from, int length) {
      return super.read(target, from, Math.min(length, 1 + random.nextInt(40)));
    }
  }
}
