package io.quire.backend.cpu.sampling;

/**
 * The counter-based generator Philox4x32-10: a token's random number is a pure function of the
 * request's seed and the token's position.
 *
 * @see <a href="https://doi.org/10.1145/2063384.2063405">Salmon et al., Parallel random numbers: as
 *     easy as 1, 2, 3, 2011, section 3.3</a>
 */
final class Philox {
  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private Philox() {}

  /**
   * A number for one token. The key is the seed, low word first; the counter is (position, 0, 0,
   * 0); the first two of the four words of output, the first one higher, give 53 bits.
   *
   * @param seed the request's seed
   * @param position the token's position in its sequence
   * @return at least 0 and below 1
   */
  static double uniform(long seed, int position) {
    long words = block(position, 0, 0, 0, (int) seed, (int) (seed >>> 32), false);
    return (words >>> 11) * 0x1p-53;
  }

  /**
   * Two of the four words of a block, the first one higher.
   *
   * @param last whether the third and fourth word are wanted
   */
  static long block(int c0, int c1, int c2, int c3, int k0, int k1, boolean last) {
    for (int round = 0; round < ROUNDS; round++) {
      long first = MULTIPLIER_0 * (c0 & WORD);
      long second = MULTIPLIER_1 * (c2 & WORD);
      c0 = (int) (second >>> 32) ^ c1 ^ k0;
      c1 = (int) second;
      c2 = (int) (first >>> 32) ^ c3 ^ k1;
      c3 = (int) first;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return last ? (c2 & WORD) << 32 | c3 & WORD : (c0 & WORD) << 32 | c1 & WORD;
  }
}
