package io.quire.text.bpe;

import io.quire.text.token.Ids;
import io.quire.text.token.TokenIndex;
import java.nio.charset.StandardCharsets;

/**
 * One symbol for each byte. A byte without a token is left out, as the tokenizers of the models'
 * makers do, unless the vocabulary has a token for the unknown.
 */
public final class ByteSymbols implements SymbolSource {
  private final int[] ids = new int[256];

  /**
   * Looks the bytes up.
   *
   * @param index tokens by their bytes
   * @param unknown the id for bytes without a token, or -1
   */
  public ByteSymbols(TokenIndex index, int unknown) {
    for (int b = 0; b < 256; b++) {
      int id = index.find(new byte[] {(byte) b});
      ids[b] = id < 0 ? unknown : id;
    }
  }

  @Override
  public void symbols(String word, Ids out) {
    for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
      int id = ids[b & 0xFF];
      if (id >= 0) {
        out.add(id);
      }
    }
  }
}
