package io.quire.text.stream;

import io.quire.text.token.TokenTable;
import java.util.BitSet;

/**
 * Joins the bytes of tokens and makes text of them, one token after another. The whole of a text
 * and a stream of it both come from here, so they cannot differ. For one thread at a time.
 */
public final class Detokenizer {
  private final Rules rules;
  private final boolean skipSpecial;
  private final Utf8Decoder decoder = new Utf8Decoder();
  private int leadingSpaces;

  /**
   * What tokens stand for.
   *
   * @param bytes the bytes of each token in a text
   * @param special ids of control tokens; not to be changed
   * @param leadingSpaces how many spaces at the very beginning of a text are not part of it, since
   *     encoding puts them there
   */
  public record Rules(TokenTable bytes, BitSet special, int leadingSpaces) {}

  /**
   * Begins a text.
   *
   * @param rules what tokens stand for
   * @param skipSpecial whether control tokens are left out
   */
  public Detokenizer(Rules rules, boolean skipSpecial) {
    this.rules = rules;
    this.skipSpecial = skipSpecial;
    this.leadingSpaces = rules.leadingSpaces();
  }

  /**
   * Takes the next token.
   *
   * @param id a token id
   * @param out takes the characters that are complete now
   * @throws IllegalArgumentException if the id is outside the vocabulary; nothing changes
   */
  public void append(int id, StringBuilder out) {
    TokenTable bytes = rules.bytes();
    bytes.check(id);
    if (skipSpecial && rules.special().get(id)) {
      return;
    }
    int from = out.length();
    decoder.append(bytes.array(), bytes.start(id), bytes.end(id), out);
    while (leadingSpaces > 0 && out.length() > from) {
      if (out.charAt(from) == ' ') {
        out.deleteCharAt(from);
        leadingSpaces--;
      } else {
        leadingSpaces = 0;
      }
    }
  }

  /**
   * Ends the text.
   *
   * @param out takes U+FFFD if the last character is incomplete
   */
  public void finish(StringBuilder out) {
    decoder.finish(out);
  }
}
