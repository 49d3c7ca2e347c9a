package io.quire.formats;

import io.quire.api.model.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The memory of one opened model: mapped files and allocations outside the heap, released together.
 * Safe for several threads.
 */
public final class ModelMemory implements AutoCloseable {
  /** A cache line, and the widest vector. */
  private static final int ALIGNMENT = 64;

  private final Arena arena = Arena.ofShared();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Starts with nothing. */
  public ModelMemory() {}

  /**
   * Maps a whole file.
   *
   * @param file a regular file
   * @return its bytes, read-only, until {@link #close}
   * @throws ModelFormatException if it is missing or cannot be read
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

  /**
   * Allocates memory outside the heap.
   *
   * @param bytes how much
   * @return zeroed memory, until {@link #close}
   * @throws ModelFormatException if the machine does not have as much
   */
  public MemorySegment allocate(long bytes) {
    try {
      return arena.allocate(bytes, ALIGNMENT);
    } catch (OutOfMemoryError e) {
      throw new ModelFormatException(
          "a tensor takes " + bytes + " bytes, which the machine does not have; take fewer layers",
          e);
    }
  }

  /**
   * Runs something that opens a model over this memory, and closes the memory if that fails.
   *
   * @param <T> what is opened
   * @param opening opens it
   * @return what was opened
   */
  public <T> T keepIfOpened(Supplier<T> opening) {
    boolean opened = false;
    try {
      T result = opening.get();
      opened = true;
      return result;
    } finally {
      if (!opened) {
        close();
      }
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      arena.close();
    }
  }
}
