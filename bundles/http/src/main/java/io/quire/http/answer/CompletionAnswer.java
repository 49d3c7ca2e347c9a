package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.Prompt;
import io.quire.api.engine.TokenScore;
import io.quire.api.engine.Usage;
import io.quire.http.request.CompletionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The answer to {@code POST /v1/completions}, whole or as events. Choice {@code prompt * n + i}.
 */
public final class CompletionAnswer implements Chunks {
  private static final String KIND = "text_completion";

  private final Head head;
  private final CompletionRequest request;
  private final TokenNames names;
  private final ChunkUsage usage;
  private final List<CompletionLogprobs> logprobs = new ArrayList<>();

  /**
   * Creates it.
   *
   * @param head what it begins with
   * @param request what was asked
   * @param names names tokens
   */
  public CompletionAnswer(Head head, CompletionRequest request, TokenNames names) {
    this.head = head;
    this.request = request;
    this.names = names;
    int each = request.options().choices();
    usage = new ChunkUsage(request.mode(), request.prompts().size(), each);
    for (int i = 0; i < request.prompts().size() * each; i++) {
      logprobs.add(new CompletionLogprobs(names));
    }
  }

  /**
   * The whole answer.
   *
   * @param results of the prompts, in order
   * @return the answer
   */
  public ObjectNode whole(List<Generation.Result> results) {
    ObjectNode answer = head.object(KIND);
    ArrayNode choices = answer.putArray("choices");
    for (int prompt = 0; prompt < results.size(); prompt++) {
      for (Generation.Choice choice : results.get(prompt).choices()) {
        choice(choices, prompt, results.get(prompt), choice);
      }
    }
    answer.set(
        "usage", Common.usage(Common.sum(results.stream().map(Generation.Result::usage).toList())));
    return answer;
  }

  private void choice(
      ArrayNode choices, int prompt, Generation.Result result, Generation.Choice choice) {
    int index = choices.size();
    String before = request.echo() ? promptText(prompt, result.promptTokens()) : "";
    ObjectNode node = choices.addObject();
    node.put("index", index);
    node.put("text", before + choice.text());
    List<TokenScore> scores =
        request.promptLogprobs()
            ? Stream.concat(result.promptScores().stream(), choice.scores().stream()).toList()
            : choice.scores();
    logprobs(node, index, scores);
    Common.end(node, choice.reason(), choice.stop(), request.options().stop());
    if (request.options().tokenIds()) {
      Common.ids(node, "prompt_token_ids", result.promptTokens());
      Common.ids(node, "token_ids", choice.tokens());
    }
  }

  private void logprobs(ObjectNode choice, int index, List<TokenScore> scores) {
    if (request.logprobs() < 0) {
      choice.putNull("logprobs");
    } else {
      choice.set("logprobs", logprobs.get(index).next(scores));
    }
  }

  private String promptText(int prompt, int[] tokens) {
    return switch (request.prompts().get(prompt)) {
      case Prompt.Text text -> text.text();
      case Prompt.Tokens ignored ->
          names.tokenizer().decode(tokens, request.options().skipSpecial());
    };
  }

  @Override
  public List<ObjectNode> begin(int prompt, int[] tokens, List<TokenScore> scores) {
    usage.prompt(prompt, tokens.length);
    if (!request.echo() && !request.options().tokenIds()) {
      return List.of();
    }
    int each = request.options().choices();
    List<ObjectNode> chunks = new ArrayList<>(each);
    for (int index = prompt * each; index < (prompt + 1) * each; index++) {
      String text = request.echo() ? promptText(prompt, tokens) : "";
      ObjectNode chunk = chunk(index, text, new int[0], request.echo() ? scores : List.of());
      if (request.options().tokenIds()) {
        Common.ids((ObjectNode) chunk.get("choices").get(0), "prompt_token_ids", tokens);
      }
      chunks.add(chunk);
    }
    return chunks;
  }

  @Override
  public List<ObjectNode> grow(int choice, String text, int[] tokens, List<TokenScore> scores) {
    usage.grow(choice, tokens.length);
    boolean visible =
        !text.isEmpty() || !scores.isEmpty() || tokens.length > 0 && request.options().tokenIds();
    return visible ? List.of(chunk(choice, text, tokens, scores)) : List.of();
  }

  private ObjectNode chunk(int index, String text, int[] tokens, List<TokenScore> scores) {
    ObjectNode chunk = head.object(KIND);
    ObjectNode node = chunk.putArray("choices").addObject();
    node.put("index", index);
    node.put("text", text);
    logprobs(node, index, scores);
    node.putNull("finish_reason");
    node.putNull("stop_reason");
    if (request.options().tokenIds()) {
      Common.ids(node, "token_ids", tokens);
    }
    return usage.soFar(chunk, index);
  }

  @Override
  public List<ObjectNode> end(int choice, FinishReason reason, Optional<String> stop) {
    ObjectNode chunk = head.object(KIND);
    ObjectNode node = chunk.putArray("choices").addObject();
    node.put("index", choice);
    node.put("text", "");
    node.putNull("logprobs");
    Common.end(node, reason, stop, request.options().stop());
    return List.of(usage.soFar(chunk, choice));
  }

  @Override
  public List<ObjectNode> finish(Usage total) {
    if (!usage.wanted()) {
      return List.of();
    }
    ObjectNode chunk = head.object(KIND);
    chunk.putArray("choices");
    chunk.set("usage", Common.usage(total));
    return List.of(chunk);
  }
}
