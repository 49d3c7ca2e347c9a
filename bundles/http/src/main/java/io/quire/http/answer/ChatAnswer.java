package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.TokenScore;
import io.quire.api.engine.Usage;
import io.quire.http.request.ChatRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The answer to {@code POST /v1/chat/completions}, whole or as events. */
public final class ChatAnswer implements Chunks {
  private static final String CHUNK = "chat.completion.chunk";

  private final Head head;
  private final ChatRequest request;
  private final TokenNames names;
  private final ChunkUsage usage;

  /**
   * Creates it.
   *
   * @param head what it begins with
   * @param request what was asked
   * @param names names tokens
   */
  public ChatAnswer(Head head, ChatRequest request, TokenNames names) {
    this.head = head;
    this.request = request;
    this.names = names;
    usage = new ChunkUsage(request.mode(), 1, request.options().choices());
  }

  /**
   * The whole answer.
   *
   * @param result what was generated
   * @return the answer
   */
  public ObjectNode whole(Generation.Result result) {
    ObjectNode answer = head.object("chat.completion");
    ArrayNode choices = answer.putArray("choices");
    for (Generation.Choice choice : result.choices()) {
      ObjectNode node = choices.addObject();
      node.put("index", choices.size() - 1);
      ObjectNode message = node.putObject("message");
      message.put("role", "assistant");
      message.put("content", choice.text());
      message.putNull("refusal");
      logprobs(node, choice.scores());
      Common.end(node, choice.reason(), choice.stop(), request.options().stop());
      if (request.options().tokenIds()) {
        Common.ids(node, "token_ids", choice.tokens());
      }
    }
    answer.set("usage", Common.usage(result.usage()));
    if (request.options().tokenIds()) {
      Common.ids(answer, "prompt_token_ids", result.promptTokens());
    }
    return answer;
  }

  private void logprobs(ObjectNode choice, List<TokenScore> scores) {
    if (request.logprobs() < 0) {
      choice.putNull("logprobs");
    } else {
      choice.set("logprobs", names.chat(scores));
    }
  }

  @Override
  public List<ObjectNode> begin(int prompt, int[] tokens, List<TokenScore> scores) {
    usage.prompt(prompt, tokens.length);
    List<ObjectNode> chunks = new ArrayList<>();
    for (int choice = 0; choice < request.options().choices(); choice++) {
      ObjectNode chunk = chunk(choice);
      ObjectNode delta = (ObjectNode) chunk.get("choices").get(0).get("delta");
      delta.put("role", "assistant");
      delta.put("content", "");
      if (choice == 0 && request.options().tokenIds()) {
        Common.ids(chunk, "prompt_token_ids", tokens);
      }
      chunks.add(chunk);
    }
    return chunks;
  }

  @Override
  public List<ObjectNode> grow(int choice, String text, int[] tokens, List<TokenScore> scores) {
    usage.grow(choice, tokens.length);
    boolean ids = request.options().tokenIds();
    if (text.isEmpty() && scores.isEmpty() && !(ids && tokens.length > 0)) {
      return List.of();
    }
    ObjectNode chunk = chunk(choice);
    ObjectNode node = (ObjectNode) chunk.get("choices").get(0);
    ((ObjectNode) node.get("delta")).put("content", text);
    logprobs(node, scores);
    if (ids) {
      Common.ids(node, "token_ids", tokens);
    }
    return List.of(chunk);
  }

  @Override
  public List<ObjectNode> end(int choice, FinishReason reason, Optional<String> stop) {
    ObjectNode chunk = chunk(choice);
    ObjectNode node = (ObjectNode) chunk.get("choices").get(0);
    Common.end(node, reason, stop, request.options().stop());
    return List.of(chunk);
  }

  @Override
  public List<ObjectNode> finish(Usage total) {
    if (!usage.wanted()) {
      return List.of();
    }
    ObjectNode chunk = head.object(CHUNK);
    chunk.putArray("choices");
    chunk.set("usage", Common.usage(total));
    return List.of(chunk);
  }

  private ObjectNode chunk(int choice) {
    ObjectNode chunk = head.object(CHUNK);
    ObjectNode node = chunk.putArray("choices").addObject();
    node.put("index", choice);
    node.putObject("delta");
    node.putNull("logprobs");
    node.putNull("finish_reason");
    return usage.soFar(chunk, choice);
  }
}
