package io.quire.http.request;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.http.exchange.ApiException;

/**
 * The body of {@code POST /detokenize}.
 *
 * @param model the model, empty if none is named
 * @param tokens token ids, possibly none
 */
public record DetokenizeRequest(String model, int[] tokens) {
  /**
   * Reads a body.
   *
   * @param body the body
   * @return the request
   * @throws ApiException 400 if a field has the wrong type
   */
  public static DetokenizeRequest read(ObjectNode body) {
    Fields f = new Fields(body);
    int[] tokens =
        f.find("tokens")
            .map(value ->
                value.isArray() && value.isEmpty() ? new int[0] : Prompts.ids("tokens", value))
            .orElseThrow(() ->
                ApiException.invalid("tokens", "tokens is missing; give a list of token ids"));
    return new DetokenizeRequest(Names.model(f), tokens);
  }
}
