package io.quire.core.kernel;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.framework.Constants;

/**
 * A kernel text that was read from a file.
 *
 * @param header its header
 * @param text the whole text
 * @param origin bundle and path
 */
record KernelFile(KernelHeader header, String text, String origin) implements KernelSource {
  /**
   * Reads a file.
   *
   * @param in its bytes, UTF-8; not closed
   * @param origin bundle and path
   * @return the kernel
   * @throws IOException if it cannot be read, is longer than {@link KernelHeaderParser#MAX_TEXT}
   *     bytes or is not UTF-8
   * @throws KernelHeaderException if its header is wrong
   */
  static KernelFile read(InputStream in, String origin) throws IOException, KernelHeaderException {
    byte[] bytes = in.readNBytes(KernelHeaderParser.MAX_TEXT + 1);
    if (bytes.length > KernelHeaderParser.MAX_TEXT) {
      throw new IOException(
          "the file has more than " + KernelHeaderParser.MAX_TEXT + " bytes, the most of a kernel");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IOException("the file is not UTF-8 text: " + e.getMessage(), e);
    }
    return new KernelFile(KernelHeaderParser.parse(text), text, origin);
  }

  /** {@return what its service is registered with} */
  Dictionary<String, Object> properties() {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(KernelSource.OP, header.op());
    properties.put(KernelSource.DIALECT, header.dialect());
    properties.put(KernelSource.REQUIRES, header.filter());
    properties.put(Constants.SERVICE_RANKING, header.ranking());
    return properties;
  }
}
