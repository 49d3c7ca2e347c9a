package io.quire.shell.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class SessionInputTest {
  private final SessionInput input = new SessionInput(8);

  @Test
  void shouldReadLinesAndLeaveWhatFollows() throws IOException {
    input.bring(bytes("a\u00e9\n\nx"));
    input.end();
    assertEquals(Optional.of("a\u00e9"), input.readLine());
    assertEquals(Optional.of(""), input.readLine());
    assertEquals(1, input.available());
    assertEquals(Optional.of("x"), input.readLine());
    assertEquals(Optional.empty(), input.readLine());
    assertEquals(-1, input.read());
  }

  @Test
  void shouldMakeWhoBringsMoreThanThereIsRoomForWait() throws Exception {
    byte[] sent = bytes("0123456789abcdefghij");
    FutureTask<Object> bringing =
        new FutureTask<>(() -> {
          input.bring(sent);
          input.end();
          return true;
        });
    Thread.ofPlatform().name("test-bring").start(bringing);
    assertArrayEquals(sent, input.readAllBytes());
    bringing.get();
  }

  @Test
  void shouldEndAWaitingReaderAndWriter() throws Exception {
    FutureTask<Integer> reading = new FutureTask<>(input::read);
    Thread.ofPlatform().name("test-read").start(reading);
    input.end();
    assertEquals(-1, reading.get());
    input.bring(bytes("more than eight bytes are dropped now"));
    assertEquals(0, input.available());
  }

  @Test
  void shouldBoundLines() throws Exception {
    SessionInput large = new SessionInput(SessionInput.MAX_LINE + 1);
    large.bring(new byte[SessionInput.MAX_LINE + 1]);
    assertThrows(IOException.class, large::readLine);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
