package io.quire.http.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.FinishReason;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.Usage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PieceBufferTest {
  private final AtomicInteger overflows = new AtomicInteger();
  private final PieceBuffer buffer = new PieceBuffer(2, overflows::incrementAndGet);

  private static GenerationEvent delta(int choice, String text, int... tokens) {
    return new GenerationEvent.Delta(choice, text, tokens, List.of());
  }

  @Test
  void shouldJoinWhatAChoiceProducesUntilItIsFetched() throws Exception {
    GenerationListener listener = buffer.listener(1);
    listener.onEvent(new GenerationEvent.Started(new int[] {1}, List.of()));
    listener.onEvent(delta(0, "a", 5));
    listener.onEvent(delta(1, "x", 6));
    listener.onEvent(delta(0, "b", 7, 8));
    List<Piece> pieces = buffer.take(Duration.ZERO);
    assertEquals(3, pieces.size());
    assertInstanceOf(Piece.Begin.class, pieces.get(0));
    Piece.Growth first = (Piece.Growth) pieces.get(1);
    assertEquals(2, first.choice(), "the first choice of the second prompt of two choices each");
    assertEquals("ab", first.text());
    assertArrayEquals(new int[] {5, 7, 8}, first.tokens());
    listener.onEvent(delta(0, "c", 9));
    assertEquals("c", ((Piece.Growth) buffer.take(Duration.ZERO).getFirst()).text());
  }

  @Test
  void shouldKeepTheOrderOfTextAndEnd() throws Exception {
    GenerationListener listener = buffer.listener(0);
    listener.onEvent(delta(0, "a", 5));
    listener.onEvent(new GenerationEvent.Finished(0, FinishReason.STOP, Optional.empty()));
    listener.onEvent(new GenerationEvent.Completed(new Usage(1, 0, 1)));
    List<Piece> pieces = buffer.take(Duration.ZERO);
    assertInstanceOf(Piece.Growth.class, pieces.get(0));
    assertInstanceOf(Piece.End.class, pieces.get(1));
    assertInstanceOf(Piece.Complete.class, pieces.get(2));
  }

  @Test
  void shouldOverflowOnceAtItsLimit() throws Exception {
    GenerationListener listener = buffer.listener(0);
    int characters = PieceBuffer.LIMIT_BYTES / 2 - 2;
    listener.onEvent(delta(0, "x".repeat(characters), 1));
    listener.onEvent(delta(1, "x".repeat(characters), 1));
    assertEquals(0, overflows.get(), "exactly at the limit, for each choice");
    listener.onEvent(delta(0, "", 1));
    assertEquals(1, overflows.get());
    listener.onEvent(delta(0, "x", 1));
    assertEquals(1, overflows.get());
    assertTrue(buffer.isClosed());
    assertTrue(buffer.take(Duration.ofDays(1)).isEmpty(), "nothing is kept, nobody waits");
  }

  @Test
  void shouldStartCountingAgainWhenFetched() throws Exception {
    GenerationListener listener = buffer.listener(0);
    for (int i = 0; i < 5; i++) {
      listener.onEvent(delta(0, "x".repeat(PieceBuffer.LIMIT_BYTES / 2 - 2), 1));
      assertFalse(buffer.take(Duration.ZERO).isEmpty());
    }
    assertEquals(0, overflows.get());
  }

  @Test
  void shouldReturnNothingWhenPatienceEnds() throws Exception {
    assertTrue(buffer.take(Duration.ofNanos(1)).isEmpty());
    assertFalse(buffer.isClosed());
  }
}
