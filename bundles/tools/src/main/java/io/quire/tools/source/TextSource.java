package io.quire.tools.source;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import io.quire.core.kernel.KernelHeaderException;
import io.quire.core.kernel.KernelHeaderParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A kernel text from a file or a bundle.
 *
 * @param header its header
 * @param text the whole text
 * @param origin file, or bundle and path
 */
public record TextSource(KernelHeader header, String text, String origin) implements KernelSource {
  private static final int HASH_CHARACTERS = 16;

  /**
   * Reads a file.
   *
   * @param file a {@code .qk} file
   * @return the kernel
   * @throws IOException if it cannot be read, is too long, no UTF-8, or its header is wrong
   */
  public static TextSource read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + " is not a file; a kernel is a text file NAME.qk");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, file.toString());
    }
  }

  static TextSource read(InputStream in, String origin) throws IOException {
    byte[] bytes = in.readNBytes(KernelHeaderParser.MAX_TEXT + 1);
    if (bytes.length > KernelHeaderParser.MAX_TEXT) {
      throw new IOException(
          origin
              + " has more than "
              + KernelHeaderParser.MAX_TEXT
              + " bytes, the most that a kernel may have");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return new TextSource(KernelHeaderParser.parse(text), text, origin);
    } catch (CharacterCodingException e) {
      throw new IOException(origin + " is not UTF-8 text: " + e.getMessage(), e);
    } catch (KernelHeaderException e) {
      throw new IOException(origin + ", " + e.getMessage(), e);
    }
  }

  /** {@return operation and name, such as {@code attention.decode/paged}} */
  public String fullName() {
    return header.op() + "/" + header.name();
  }

  /** {@return the first 16 hexadecimal digits of SHA-256 over the text} */
  public String hash() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, HASH_CHARACTERS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
