package io.quire.text.huggingface;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.quire.api.model.ModelFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A parsed {@code tokenizer.json}. The vocabulary and the merges, by far the largest parts, are
 * read as a stream and never become trees.
 */
final class TokenizerJson {
  static final String FILE = "tokenizer.json";

  /** Four times the largest vocabulary known; bounds what an id can make us allocate. */
  static final int MAX_TOKENS = 1 << 22;

  private static final int MAX_MERGES = 1 << 24;

  private final Map<String, JsonNode> members = new HashMap<>();
  private final Map<String, JsonNode> modelMembers = new HashMap<>();
  private final List<String> merges = new ArrayList<>();
  private String[] tokens = new String[1024];
  private int size;

  private TokenizerJson() {}

  /** Parses the file. */
  static TokenizerJson parse(String text) {
    TokenizerJson json = new TokenizerJson();
    try (JsonParser parser = Json.MAPPER.createParser(text)) {
      json.readRoot(parser);
    } catch (JsonProcessingException e) {
      throw Json.broken(FILE, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return json;
  }

  /** A member of the root; a missing one is a missing node. */
  JsonNode member(String name) {
    return members.getOrDefault(name, MissingNode.getInstance());
  }

  /** A member of the model other than its vocabulary and merges. */
  JsonNode modelMember(String name) {
    return modelMembers.getOrDefault(name, MissingNode.getInstance());
  }

  /** The highest id of the model's vocabulary plus 1. */
  int size() {
    return size;
  }

  /** The text of a token, or null where the vocabulary has a gap. */
  String token(int id) {
    return id < size ? tokens[id] : null;
  }

  /** Left and right parts of the merges, in turn. */
  List<String> merges() {
    return merges;
  }

  private void readRoot(JsonParser parser) throws IOException {
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "an object");
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (name.equals("model") && parser.currentToken() == JsonToken.START_OBJECT) {
        readModel(parser);
      } else {
        members.put(name, Json.MAPPER.readTree(parser));
      }
    }
  }

  private void readModel(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
        readVocabulary(parser);
      } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
        readMerges(parser);
      } else {
        modelMembers.put(name, Json.MAPPER.readTree(parser));
      }
    }
  }

  private void readVocabulary(JsonParser parser) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String token = parser.currentName();
      expect(parser, parser.nextToken(), JsonToken.VALUE_NUMBER_INT, "a token's id");
      long id = parser.getLongValue();
      if (id < 0 || id >= MAX_TOKENS) {
        throw new ModelFormatException(
            FILE + ": token id " + id + " is outside the possible 0 to " + (MAX_TOKENS - 1));
      }
      put((int) id, token);
    }
  }

  private void put(int id, String token) {
    if (id >= tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(id + 1, tokens.length * 2));
    }
    if (tokens[id] != null && !tokens[id].equals(token)) {
      throw new ModelFormatException(FILE + ": two tokens of the vocabulary have id " + id);
    }
    tokens[id] = token;
    size = Math.max(size, id + 1);
  }

  private void readMerges(JsonParser parser) throws IOException {
    for (JsonToken next = parser.nextToken();
        next != JsonToken.END_ARRAY;
        next = parser.nextToken()) {
      if (merges.size() >= 2 * MAX_MERGES) {
        throw new ModelFormatException(FILE + " has more than " + MAX_MERGES + " merges");
      }
      if (next == JsonToken.START_ARRAY) {
        expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "the left part of a merge");
        merges.add(parser.getText());
        expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, "the right part of a merge");
        merges.add(parser.getText());
        expect(parser, parser.nextToken(), JsonToken.END_ARRAY, "the end of a merge");
      } else {
        expect(parser, next, JsonToken.VALUE_STRING, "a merge");
        split(parser.getText());
      }
    }
  }

  private void split(String merge) {
    int space = merge.indexOf(' ');
    if (space <= 0 || space == merge.length() - 1 || merge.indexOf(' ', space + 1) >= 0) {
      throw new ModelFormatException(
          FILE
              + ": merge "
              + merges.size() / 2
              + " is not two parts with a space between: "
              + merge.substring(0, Math.min(80, merge.length())));
    }
    merges.add(merge.substring(0, space));
    merges.add(merge.substring(space + 1));
  }

  private static void expect(JsonParser parser, JsonToken found, JsonToken wanted, String what) {
    if (found != wanted) {
      throw new ModelFormatException(
          FILE
              + " has "
              + found
              + " at line "
              + parser.currentLocation().getLineNr()
              + ", column "
              + parser.currentLocation().getColumnNr()
              + " where "
              + what
              + " should be");
    }
  }
}
