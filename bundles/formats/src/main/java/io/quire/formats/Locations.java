package io.quire.formats;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Cheap questions about locations, which never throw. */
public final class Locations {
  private Locations() {}

  /**
   * A location as a path.
   *
   * @param location any text
   * @return the path, or empty if no path is written like this
   */
  public static Optional<Path> path(String location) {
    try {
      return location.isEmpty() ? Optional.empty() : Optional.of(Path.of(location));
    } catch (InvalidPathException ignored) {
      return Optional.empty();
    }
  }

  /**
   * Whether a file begins with four given bytes.
   *
   * @param path any path
   * @param magic the bytes as an unsigned little-endian number
   * @return false too if there is no such file, or it cannot be read
   */
  public static boolean beginsWith(Path path, long magic) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (SeekableByteChannel channel = Files.newByteChannel(path)) {
      ByteBuffer head = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      return channel.read(head) == 4 && Integer.toUnsignedLong(head.getInt(0)) == magic;
    } catch (IOException ignored) {
      return false;
    }
  }
}
