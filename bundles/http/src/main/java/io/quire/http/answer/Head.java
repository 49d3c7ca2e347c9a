package io.quire.http.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.http.exchange.Json;

/**
 * What every object of one answer begins with.
 *
 * @param id the answer's id
 * @param created seconds since 1970
 * @param model the model's name
 */
public record Head(String id, long created, String model) {
  ObjectNode object(String kind) {
    ObjectNode object = Json.object();
    object.put("id", id);
    object.put("object", kind);
    object.put("created", created);
    object.put("model", model);
    object.putNull("system_fingerprint");
    return object;
  }
}
