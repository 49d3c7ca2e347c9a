package io.quire.bench.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.bench.command.UsageException;
import io.quire.bench.kv.Conversation.Turn;
import io.quire.bench.stats.Lengths;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChatTraceTest {
  @Test
  void shouldMakeTheSameTraceFromTheSameSeed() {
    List<Conversation> one = ChatTrace.make(options(50, 5));
    List<Conversation> same = ChatTrace.make(options(50, 5));
    assertEquals(50, one.size());
    for (int i = 0; i < one.size(); i++) {
      assertEquals(one.get(i).gap(), same.get(i).gap());
      assertEquals(one.get(i).turns().size(), same.get(i).turns().size());
      int last = one.get(i).turns().size() - 1;
      assertArrayEquals(one.get(i).prompt(last), same.get(i).prompt(last));
    }
    Conversation other = ChatTrace.make(options(50, 6)).getFirst();
    assertFalse(Arrays.equals(one.getFirst().prompt(0), other.prompt(0)));
  }

  @Test
  void shouldKeepEveryTurnWithinTheLongestSequence() {
    for (Conversation conversation : ChatTrace.make(options(300, 1))) {
      int last = conversation.turns().size() - 1;
      int total = conversation.prompt(last).length + conversation.turns().get(last).answer().length;
      assertTrue(last >= 0 && total <= 600, "length " + total);
      assertTrue(conversation.turns().stream().allMatch(t -> t.answer().length > 0));
    }
  }

  @Test
  void shouldShareSystemPrompts() {
    long systems =
        ChatTrace.make(options(300, 1)).stream()
            .map(c -> Arrays.toString(c.system()))
            .distinct()
            .count();
    assertEquals(3, systems);
  }

  @Test
  void shouldAskEachTurnWithAllBeforeIt() {
    Conversation conversation =
        new Conversation(
            new int[] {1, 2},
            0,
            0,
            List.of(
                new Turn(0, new int[] {3}, new int[] {4, 5}),
                new Turn(0, new int[] {6}, new int[] {7})));
    assertArrayEquals(new int[] {1, 2, 3}, conversation.prompt(0));
    assertArrayEquals(new int[] {1, 2, 3, 4, 5, 6}, conversation.prompt(1));
  }

  @Test
  void shouldMakeARequestOfEachPairOfLengths() {
    List<Lengths> lengths = List.of(new Lengths(99, 131), new Lengths(1, 599));
    List<Conversation> all = ChatTrace.of(lengths, options(50, 5));
    assertEquals(2, all.size());
    for (int i = 0; i < 2; i++) {
      assertEquals(1, all.get(i).turns().size());
      assertEquals(lengths.get(i).prompt(), all.get(i).prompt(0).length);
      assertEquals(lengths.get(i).output(), all.get(i).turns().getFirst().answer().length);
    }
    List<Lengths> tooLong = List.of(new Lengths(1, 600));
    TraceOptions options = options(50, 5);
    assertTrue(
        assertThrows(UsageException.class, () -> ChatTrace.of(tooLong, options))
            .getMessage()
            .startsWith("request 0 has 1 + 600 tokens"));
  }

  private static TraceOptions options(int conversations, long seed) {
    return new TraceOptions(conversations, 4, 3, 600, 10, 50, seed);
  }
}
