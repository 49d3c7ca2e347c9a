package io.quire.text.bpe;

import io.quire.text.token.Ids;
import io.quire.text.token.TokenIndex;
import java.nio.charset.StandardCharsets;

/**
 * One symbol for each character; for a character without a token, the tokens of its bytes if the
 * vocabulary has them all, else the unknown token, else nothing.
 */
public final class CharacterSymbols implements SymbolSource {
  private final TokenIndex index;
  private final int[] byteIds;
  private final int unknown;
  private final boolean fuseUnknown;

  /**
   * Creates one.
   *
   * @param index tokens by their text in UTF-8
   * @param byteIds the token of each byte or -1; of length 256
   * @param unknown the unknown token, or -1
   * @param fuseUnknown whether unknown characters in a row become one token
   */
  public CharacterSymbols(TokenIndex index, int[] byteIds, int unknown, boolean fuseUnknown) {
    this.index = index;
    this.byteIds = byteIds.clone();
    this.unknown = unknown;
    this.fuseUnknown = fuseUnknown;
  }

  @Override
  public void symbols(String word, Ids out) {
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    boolean afterUnknown = false;
    int from = 0;
    while (from < bytes.length) {
      int to = from + 1;
      while (to < bytes.length && (bytes[to] & 0xC0) == 0x80) {
        to++;
      }
      int id = index.find(TokenIndex.hash(bytes, from, to), bytes, from, to);
      boolean known = id >= 0 || hasBytes(bytes, from, to);
      if (id >= 0) {
        out.add(id);
      } else if (known) {
        for (int i = from; i < to; i++) {
          out.add(byteIds[bytes[i] & 0xFF]);
        }
      } else if (unknown >= 0 && !(fuseUnknown && afterUnknown)) {
        out.add(unknown);
      }
      afterUnknown = !known;
      from = to;
    }
  }

  private boolean hasBytes(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (byteIds[bytes[i] & 0xFF] < 0) {
        return false;
      }
    }
    return true;
  }
}
