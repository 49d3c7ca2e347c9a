package io.quire.formats;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;

/** Files mapped into memory, read-only, that are unmapped together. Safe for several threads. */
public final class Mapping implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Starts with no file. */
  public Mapping() {}

  /**
   * Maps a whole file.
   *
   * @param file a regular file
   * @return its bytes, until {@link #close}
   * @throws io.quire.api.model.ModelFormatException if it is missing or cannot be read
   */
  public MemorySegment map(Path file) {
    Source source = new Source(file.toString());
    // A named pipe would block the open; a directory would fail with an unhelpful message.
    if (!Files.isRegularFile(file)) {
      throw source.error(
          Files.exists(file)
              ? "is not a regular file; name a file of weights"
              : "there is no such file; check the path, or fetch the model first");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw source.error("cannot be read (" + e + "); check its permissions", e);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      arena.close();
    }
  }
}
