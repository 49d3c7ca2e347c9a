package io.quire.core.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names the content of a block: SHA-256 of its parent's name and its token ids, so that equal names
 * mean equal tokens from position 0 on. The first block's parent is a root made of the salts. A
 * collision would hand one request's keys and values to another; with all 256 bits nobody can make
 * one. Names are four longs. Allocates nothing after construction, but for roots.
 */
final class ContentHash {
  /** Longs in a name. */
  static final int LONGS = 4;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG_VIEW =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final MessageDigest sha = sha256();
  private final byte[] name = new byte[LONGS * Long.BYTES];
  private final byte[] input;
  private final int blockTokens;

  ContentHash(int blockTokens) {
    this.blockTokens = blockTokens;
    input = new byte[Math.addExact(name.length, Math.multiplyExact(blockTokens, Integer.BYTES))];
  }

  /** {@return the parent of all first blocks with these salts} */
  long[] root(String cacheSalt, String tableSalt) {
    // The length keeps ("ab", "c") and ("a", "bc") apart; raw chars keep unpaired surrogates apart.
    String salts = cacheSalt.length() + ":" + cacheSalt + tableSalt;
    for (int i = 0; i < salts.length(); i++) {
      sha.update((byte) salts.charAt(i));
      sha.update((byte) (salts.charAt(i) >> Byte.SIZE));
    }
    long[] root = new long[LONGS];
    finish(root, 0);
    return root;
  }

  /**
   * Names a block.
   *
   * @param parent holds the parent's name from {@code parentAt} on
   * @param tokens holds the block's tokens from {@code from} on
   * @param target takes the name from {@code targetAt} on
   */
  void next(long[] parent, int parentAt, int[] tokens, int from, long[] target, int targetAt) {
    for (int i = 0; i < LONGS; i++) {
      LONG_VIEW.set(input, i * Long.BYTES, parent[parentAt + i]);
    }
    for (int i = 0; i < blockTokens; i++) {
      INTS.set(input, name.length + i * Integer.BYTES, tokens[from + i]);
    }
    sha.update(input);
    finish(target, targetAt);
  }

  private void finish(long[] target, int at) {
    try {
      sha.digest(name, 0, name.length);
    } catch (DigestException e) {
      throw new IllegalStateException("SHA-256 has " + name.length + " bytes", e);
    }
    for (int i = 0; i < LONGS; i++) {
      target[at + i] = (long) LONG_VIEW.get(name, i * Long.BYTES);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
