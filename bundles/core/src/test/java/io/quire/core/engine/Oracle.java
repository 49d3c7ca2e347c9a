package io.quire.core.engine;

import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** What a choice must be, computed without an engine. */
public record Oracle(int[] tokens, FinishReason reason, String stop) {
  /** What a choice of a request must be. */
  public static Oracle of(GenerationRequest request, int choice) {
    int[] prompt = ((Prompt.Tokens) request.prompt()).ids();
    Set<Integer> ends = new HashSet<>(request.stopTokens());
    if (!request.ignoreEnd()) {
      ends.add(FakeModel.END);
    }
    int[] all = Arrays.copyOf(prompt, prompt.length + request.maxTokens());
    int length = prompt.length;
    StringBuilder searched = new StringBuilder();
    for (int i = 0; i < request.maxTokens(); i++) {
      int next =
          FakeModel.next(
              all, length, request.sampling().seed() + choice, i, request.minTokens(), ends);
      if (ends.contains(next)) {
        boolean own = next == FakeModel.END && !request.ignoreEnd();
        if (request.includeStop() && !own) {
          all[length++] = next;
        }
        int[] output = Arrays.copyOfRange(all, prompt.length, length);
        return new Oracle(output, FinishReason.STOP, own ? "" : Integer.toString(next));
      }
      all[length++] = next;
      searched.append(i < request.minTokens() ? "" : new FakeTokenizer().text(next));
      String stop = firstStop(request, searched);
      if (!stop.isEmpty()) {
        int[] output = Arrays.copyOfRange(all, prompt.length, length);
        return new Oracle(output, FinishReason.STOP, stop);
      }
    }
    return new Oracle(Arrays.copyOfRange(all, prompt.length, length), FinishReason.LENGTH, "");
  }

  private static String firstStop(GenerationRequest request, StringBuilder text) {
    String first = "";
    for (String stop : request.stop()) {
      int at = text.indexOf(stop);
      if (at >= 0 && (first.isEmpty() || at < text.indexOf(first))) {
        first = stop;
      }
    }
    return first;
  }

  /** Whether a choice is this one, or where it was aborted, its beginning. */
  public boolean matches(Generation.Choice choice) {
    if (choice.reason() == FinishReason.ABORT) {
      int n = choice.tokens().length;
      return n <= tokens.length && Arrays.equals(choice.tokens(), Arrays.copyOf(tokens, n));
    }
    return Arrays.equals(choice.tokens(), tokens)
        && choice.reason() == reason
        && choice.stop().orElse("").equals(stop);
  }
}
