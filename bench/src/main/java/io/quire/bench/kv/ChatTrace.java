package io.quire.bench.kv;

import io.quire.bench.command.UsageException;
import io.quire.bench.kv.Conversation.Turn;
import io.quire.bench.stats.Draws;
import io.quire.bench.stats.Lengths;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Makes conversations: messages and answers of log-normal lengths, system prompts of 48 to 511
 * tokens, a geometric-like number of turns, exponential waits.
 */
final class ChatTrace {
  private static final int VOCABULARY = 32_000;
  private static final int LONGEST_PART = 1024;
  private static final int PRIORITIES = 3;

  private ChatTrace() {}

  static List<Conversation> make(TraceOptions options) {
    Draws draws = new Draws(options.seed());
    List<int[]> systems = new ArrayList<>();
    for (int i = 0; i < options.systemPrompts(); i++) {
      int length = Math.min(draws.between(48, 512), options.mostTokens() / 2);
      systems.add(tokens(draws, length));
    }
    List<Conversation> all = new ArrayList<>(options.conversations());
    for (int i = 0; i < options.conversations(); i++) {
      int[] system = systems.get(draws.between(0, systems.size()));
      all.add(conversation(new Draws(draws.seed()), system, options));
    }
    return all;
  }

  /**
   * Makes a conversation of one turn, without a system prompt, of each pair of lengths.
   *
   * @param lengths of message and answer
   * @param options its gaps, seed and longest sequence count
   * @return the conversations, in the order of the lengths
   * @throws UsageException if one is longer than a sequence may be
   */
  static List<Conversation> of(List<Lengths> lengths, TraceOptions options) {
    Draws draws = new Draws(options.seed());
    List<Conversation> all = new ArrayList<>(lengths.size());
    for (Lengths each : lengths) {
      if (each.prompt() + each.output() > options.mostTokens()) {
        throw new UsageException(
            String.format(
                Locale.ROOT,
                "request %d has %d + %d tokens, but a sequence has at most %d; raise --max-model-len",
                all.size(),
                each.prompt(),
                each.output(),
                options.mostTokens()));
      }
      long gap = Math.round(draws.exponential(options.gapSteps()));
      int priority = draws.between(0, PRIORITIES);
      Turn turn = new Turn(0, tokens(draws, each.prompt()), tokens(draws, each.output()));
      all.add(new Conversation(new int[0], gap, priority, List.of(turn)));
    }
    return all;
  }

  private static Conversation conversation(Draws draws, int[] system, TraceOptions options) {
    long gap = Math.round(draws.exponential(options.gapSteps()));
    int priority = draws.between(0, PRIORITIES);
    int wanted = 1 + (int) draws.exponential(options.turns() - 1);
    int room = options.mostTokens() - system.length;
    List<Turn> turns = new ArrayList<>();
    // Two tokens at least: one of the message, one of the answer.
    while (turns.size() < wanted && room >= 2) {
      long think = Math.round(draws.exponential(options.thinkSteps()));
      int message = Lengths.chatPrompt(draws, Math.min(LONGEST_PART, room - 1));
      int answer = Lengths.chatOutput(draws, Math.min(LONGEST_PART, room - message));
      turns.add(new Turn(think, tokens(draws, message), tokens(draws, answer)));
      room -= message + answer;
    }
    return new Conversation(system, gap, priority, List.copyOf(turns));
  }

  private static int[] tokens(Draws draws, int count) {
    int[] tokens = new int[count];
    for (int i = 0; i < count; i++) {
      tokens[i] = draws.between(0, VOCABULARY);
    }
    return tokens;
  }
}
