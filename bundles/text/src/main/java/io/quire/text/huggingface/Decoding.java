package io.quire.text.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.text.split.MetaspaceSplit;
import io.quire.text.token.ByteAlphabet;
import io.quire.text.token.ByteTokens;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The member {@code decoder}, as far as it says what a token stands for whatever its neighbours:
 * that is what allows text to be streamed. Decoders that need more are refused.
 */
final class Decoding {
  private static final String ELEMENT = "decoder";

  private final List<Replacement> replacements = new ArrayList<>();
  private boolean byteLevel;
  private boolean byteFallback;
  private boolean fused;
  private int leadingSpaces;

  private record Replacement(String from, String to) {}

  private Decoding() {}

  static Decoding read(JsonNode node) {
    if (Json.absent(node)) {
      throw Json.unsupported(ELEMENT, "null");
    }
    Decoding decoding = new Decoding();
    decoding.add(node);
    return decoding;
  }

  /** How many spaces at the very beginning of a text are not part of it. */
  int leadingSpaces() {
    return leadingSpaces;
  }

  /** The bytes that a token stands for. */
  byte[] bytes(String token) {
    String text = token;
    for (Replacement replacement : replacements) {
      text = text.replace(replacement.from(), replacement.to());
    }
    int value = byteFallback ? ByteTokens.value(text) : -1;
    if (value >= 0) {
      return new byte[] {(byte) value};
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return byteLevel ? ByteAlphabet.decode(text).orElse(bytes) : bytes;
  }

  private void add(JsonNode node) {
    String type = Json.text(node, "type");
    switch (type) {
      case "Sequence" -> Json.list(node, "decoders").forEach(this::add);
      case "ByteLevel" -> {
        refuseAfter(byteLevel || byteFallback || fused || !replacements.isEmpty(), type);
        byteLevel = true;
      }
      case "ByteFallback" -> {
        refuseAfter(byteLevel || fused, type);
        byteFallback = true;
      }
      case "Fuse" -> fused = true;
      case "Replace" -> {
        refuseAfter(byteLevel || byteFallback || fused, type);
        replace(node);
      }
      case "Strip" -> strip(node);
      case "Metaspace" -> {
        refuseAfter(byteLevel || byteFallback || fused, type);
        replacements.add(new Replacement(Json.text(node, "replacement"), " "));
        boolean first = Splitting.prepend(node, ELEMENT) != MetaspaceSplit.Prepend.NEVER;
        leadingSpaces = first ? 1 : 0;
      }
      default -> throw Json.unsupported(ELEMENT, type);
    }
  }

  private void replace(JsonNode node) {
    JsonNode pattern = node.path("pattern");
    if (!pattern.path("String").isTextual() || pattern.path("String").textValue().isEmpty()) {
      throw Json.unsupported(ELEMENT, "Replace of " + Json.excerpt(pattern));
    }
    replacements.add(
        new Replacement(pattern.path("String").textValue(), Json.text(node, "content")));
  }

  private void strip(JsonNode node) {
    boolean spaces = Json.text(node, "content").equals(" ");
    int start = Json.number(node, "start");
    if (!spaces || !fused || start < 0 || Json.number(node, "stop") != 0) {
      throw Json.unsupported(
          ELEMENT, "Strip other than of spaces at the start, after Fuse: " + Json.excerpt(node));
    }
    leadingSpaces = start;
  }

  private static void refuseAfter(boolean refused, String type) {
    if (refused) {
      throw Json.unsupported(ELEMENT, type + " at this place of a sequence");
    }
  }
}
