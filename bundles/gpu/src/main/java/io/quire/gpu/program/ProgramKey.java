package io.quire.gpu.program;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a binary was made from: two programs with the same key are the same.
 *
 * @param hex SHA-256 in hexadecimal, good as a file name
 */
public record ProgramKey(String hex) {
  /**
   * Computes a key.
   *
   * @param parts everything that a binary depends on, such as text, options, driver and device
   * @return the key
   */
  public static ProgramKey of(String... parts) {
    MessageDigest digest = sha256();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
      digest.update(bytes);
    }
    return new ProgramKey(HexFormat.of().formatHex(digest.digest()));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
