package io.quire.text.sentencepiece;

import io.quire.text.bpe.Merging;
import io.quire.text.token.FragmentEncoder;
import io.quire.text.token.Ids;
import io.quire.text.token.Place;
import io.quire.text.token.TokenIndex;
import java.nio.charset.StandardCharsets;

/**
 * SentencePiece's byte pair encoding: of all neighbours whose joined text is a piece, those with
 * the best score join first. Whole fragments are one word, and spaces are U+2581 already.
 *
 * @see <a href="https://arxiv.org/abs/1808.06226">Kudo and Richardson, 2018</a>
 */
public final class SentencePieceEncoder implements FragmentEncoder {
  /** The character that stands for a space. */
  public static final String SPACE = "\u2581";

  private final TokenIndex pieces;
  private final float[] scores;
  private final int[] byteIds;
  private final int unknown;
  private final boolean spacePrefix;

  /**
   * Creates an encoder.
   *
   * @param pieces the pieces that text can become, by their text in UTF-8
   * @param scores the score of each id, no NaN; the highest joins first
   * @param byteIds the token of each byte or -1; of length 256
   * @param unknown the token for what has neither piece nor bytes, or -1 to leave it out
   * @param spacePrefix whether text at the start and after control tokens gets a space before it
   */
  public SentencePieceEncoder(
      TokenIndex pieces, float[] scores, int[] byteIds, int unknown, boolean spacePrefix) {
    this.pieces = pieces;
    this.scores = scores;
    this.byteIds = byteIds.clone();
    this.unknown = unknown;
    this.spacePrefix = spacePrefix;
  }

  @Override
  public void encode(String fragment, Place place, Ids out) {
    String text = spacePrefix && place != Place.INSIDE ? SPACE + fragment : fragment;
    new Pieces(text.getBytes(StandardCharsets.UTF_8)).encode(out);
  }

  /** Lowest for the highest score, as a signed number. */
  private static int order(float score) {
    int bits = Float.floatToIntBits(score);
    return ~(bits ^ bits >> 31 & 0x7FFFFFFF);
  }

  /** The pieces of one fragment: ranges of its bytes. */
  private final class Pieces extends Merging {
    private final byte[] bytes;
    private final int[] starts;
    private final int[] ends;
    private final long[] hashes;
    private int count;

    Pieces(byte[] bytes) {
      this.bytes = bytes;
      int characters = 0;
      for (byte b : bytes) {
        characters += isStart(b) ? 1 : 0;
      }
      starts = new int[characters];
      ends = new int[characters];
      hashes = new long[characters];
      for (int i = 0; i < bytes.length; i++) {
        if (isStart(bytes[i])) {
          starts[count++] = i;
        }
        ends[count - 1] = i + 1;
      }
      for (int i = 0; i < count; i++) {
        hashes[i] = TokenIndex.hash(bytes, starts[i], ends[i]);
      }
    }

    void encode(Ids out) {
      run(count);
      for (int at = 0; at >= 0; at = after(at)) {
        int id = pieces.find(hashes[at], bytes, starts[at], ends[at]);
        if (id >= 0) {
          out.add(id);
        } else {
          addBytes(starts[at], ends[at], out);
        }
      }
    }

    @Override
    protected long candidate(int left, int right) {
      if (ends[right] - starts[left] > pieces.longest()) {
        return NONE;
      }
      int id = pieces.find(joined(left, right), bytes, starts[left], ends[right]);
      return id < 0 ? NONE : (long) order(scores[id]) << 32 | id;
    }

    @Override
    protected void join(int left, int right, int id) {
      hashes[left] = joined(left, right);
      ends[left] = ends[right];
    }

    private long joined(int left, int right) {
      return pieces.join(hashes[left], hashes[right], ends[right] - starts[right]);
    }

    private void addBytes(int from, int to, Ids out) {
      for (int i = from; i < to; i++) {
        if (byteIds[bytes[i] & 0xFF] < 0) {
          if (unknown >= 0) {
            out.add(unknown);
          }
          return;
        }
      }
      for (int i = from; i < to; i++) {
        out.add(byteIds[bytes[i] & 0xFF]);
      }
    }

    private static boolean isStart(byte b) {
      return (b & 0xC0) != 0x80;
    }
  }
}
