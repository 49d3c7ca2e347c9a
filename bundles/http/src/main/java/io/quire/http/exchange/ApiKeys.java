package io.quire.http.exchange;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/**
 * The keys that open the API. Kept and compared as SHA-256, all of them each time, so that neither
 * a key's length nor its place in the file shows in the time taken. A file that cannot be read
 * opens nothing.
 */
public final class ApiKeys {
  private static final System.Logger LOG = System.getLogger(ApiKeys.class.getName());
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final String SCHEME = "Bearer ";
  private static final String UNREADABLE = "unreadable";

  private final Optional<Path> file;
  private volatile Loaded loaded = new Loaded("", List.of());

  private record Loaded(String stamp, List<byte[]> hashes) {}

  /**
   * Creates them.
   *
   * @param file one key per line, read again when it changes; empty if no key is asked for
   */
  public ApiKeys(Optional<Path> file) {
    this.file = file;
  }

  /**
   * Checks a request's key.
   *
   * @param authorization the header {@code Authorization}, empty if there is none
   * @throws ApiException 401 if it holds no valid key
   */
  public void check(String authorization) {
    if (file.isEmpty()) {
      return;
    }
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw ApiException.refused(
          401,
          "invalid_api_key",
          "no API key was given; send it in a header: Authorization: Bearer YOUR_KEY");
    }
    byte[] given = hash(authorization.substring(SCHEME.length()).strip());
    boolean known = false;
    for (byte[] key : hashes(file.get())) {
      known |= MessageDigest.isEqual(key, given);
    }
    if (!known) {
      throw ApiException.refused(
          401,
          "invalid_api_key",
          "the API key is not known here; check it against the server's key file");
    }
  }

  private List<byte[]> hashes(Path path) {
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      String stamp = now.lastModifiedTime() + " " + now.size() + " " + now.fileKey();
      if (!stamp.equals(loaded.stamp())) {
        loaded = new Loaded(stamp, read(path, now.size()));
      }
      return loaded.hashes();
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR, "the API key file cannot be read; every key is refused", e);
      return List.of();
    }
  }

  private static List<byte[]> read(Path path, long size) throws IOException {
    if (size > MAX_FILE_BYTES) {
      throw new IOException(
          "it has " + size + " bytes, but at most " + MAX_FILE_BYTES + " are read");
    }
    return Files.readAllLines(path, StandardCharsets.UTF_8).stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .map(ApiKeys::hash)
        .toList();
  }

  private static byte[] hash(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
