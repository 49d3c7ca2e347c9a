package io.quire.text.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.model.ModelFormatException;
import io.quire.text.normalize.TextNormalizer;
import io.quire.text.token.AddedToken;
import io.quire.text.token.AddedTokens;
import io.quire.text.token.ByteAlphabet;
import io.quire.text.token.TokenIndex;
import io.quire.text.token.TokenTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;

/** The model's vocabulary and the added tokens together. */
final class HuggingFaceVocabulary {
  private static final byte[] NOTHING = {};

  private final TokenizerJson json;
  private final List<AddedToken> literal = new ArrayList<>();
  private final List<AddedToken> normalized = new ArrayList<>();
  private final Map<Integer, AddedToken> added = new HashMap<>();
  private final Map<String, Integer> addedIds = new HashMap<>();
  private final BitSet special = new BitSet();
  private int size;

  HuggingFaceVocabulary(TokenizerJson json, TextNormalizer normalizer) {
    this.json = json;
    this.size = json.size();
    JsonNode tokens = json.member("added_tokens");
    if (!Json.absent(tokens)) {
      tokens.forEach(token -> add(token, normalizer));
    }
    if (size == 0) {
      throw new ModelFormatException(TokenizerJson.FILE + " has no tokens");
    }
  }

  private void add(JsonNode node, TextNormalizer normalizer) {
    int id = Json.number(node, "id");
    String content = Json.text(node, "content");
    if (id < 0 || id >= TokenizerJson.MAX_TOKENS) {
      throw new ModelFormatException(
          TokenizerJson.FILE
              + ": added token id "
              + id
              + " is outside the possible 0 to "
              + (TokenizerJson.MAX_TOKENS - 1));
    }
    AddedToken token =
        new AddedToken(
            id,
            content,
            Json.flag(node, "special", false),
            Json.flag(node, "single_word", false),
            Json.flag(node, "lstrip", false),
            Json.flag(node, "rstrip", false));
    boolean inNormalized = Json.flag(node, "normalized", !token.special());
    String sought = inNormalized ? normalizer.apply(content) : content;
    if (!sought.isEmpty()) {
      (inNormalized ? normalized : literal)
          .add(
              new AddedToken(
                  id,
                  sought,
                  token.special(),
                  token.singleWord(),
                  token.stripLeft(),
                  token.stripRight()));
    }
    added.put(id, token);
    addedIds.putIfAbsent(content, id);
    special.set(id, token.special());
    size = Math.max(size, id + 1);
  }

  int size() {
    return size;
  }

  BitSet special() {
    return special;
  }

  AddedTokens literal() {
    return new AddedTokens(literal);
  }

  AddedTokens normalized() {
    return new AddedTokens(normalized);
  }

  /** The added tokens by id. */
  Map<Integer, AddedToken> added() {
    return added;
  }

  /** An added token's id by its text. */
  OptionalInt addedId(String content) {
    Integer id = addedIds.get(content);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** What each token stands for in a text; ids beyond the file's tokens stand for nothing. */
  TokenTable outputs(Decoding decoding, int atLeast) {
    TokenTable.Builder table = new TokenTable.Builder(Math.max(size, atLeast));
    for (int id = 0; id < size; id++) {
      AddedToken token = added.get(id);
      String text = token == null ? json.token(id) : token.content();
      table.add(text == null ? NOTHING : decoding.bytes(text));
    }
    return table.build();
  }

  /** The model's vocabulary by the bytes that words are made of. */
  TokenIndex index(boolean byteLevel) {
    Function<String, byte[]> bytes =
        byteLevel
            ? token -> ByteAlphabet.decode(token).orElse(NOTHING)
            : token -> token.getBytes(StandardCharsets.UTF_8);
    TokenTable.Builder table = new TokenTable.Builder(json.size());
    for (int id = 0; id < json.size(); id++) {
      String token = json.token(id);
      table.add(token == null ? NOTHING : bytes.apply(token));
    }
    return new TokenIndex(table.build(), id -> true);
  }
}
