package io.quire.http.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.engine.Engine;
import io.quire.api.engine.Prompt;
import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.Json;
import java.util.Optional;

/**
 * The body of {@code POST /tokenize}: a text or a conversation.
 *
 * @param model the model, empty if none is named
 * @param text the text; used if there is no conversation
 * @param conversation the conversation, if the body has one
 * @param addSpecial for a text: whether the tokens that the model wants around it are added
 * @param tokenTexts whether the answer has each token's text
 */
public record TokenizeRequest(
    String model,
    String text,
    Optional<Conversation> conversation,
    boolean addSpecial,
    boolean tokenTexts) {
  /**
   * Reads a body.
   *
   * @param body the body
   * @return the request
   * @throws ApiException 400 if a field has the wrong type or is out of range
   */
  public static TokenizeRequest read(ObjectNode body) {
    Fields f = new Fields(body);
    boolean chat = f.find("messages").isPresent();
    if (chat == f.find("prompt").isPresent()) {
      throw ApiException.invalid(
          "prompt",
          chat
              ? "prompt and messages are both given; give one of them"
              : "prompt is missing; give prompt or messages");
    }
    return new TokenizeRequest(
        Names.model(f),
        f.text("prompt", "", Json.MAX_BYTES),
        chat ? Optional.of(Conversation.read(f)) : Optional.empty(),
        f.flag("add_special_tokens", true),
        f.flag("return_token_strs", false));
  }

  /**
   * What to tokenise.
   *
   * @param engine whose template
   * @return the text, with how to read it
   */
  public Prompt.Text prompt(Engine engine) {
    return conversation.map(c -> c.prompt(engine)).orElse(new Prompt.Text(text, addSpecial, true));
  }
}
