package io.quire.tools.emulate;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * A device's memory: a file that this process and the emulator map. What is allocated lies one
 * behind another, and all is free again when nothing is allocated any more.
 */
final class SharedMemory implements AutoCloseable {
  private static final long ALIGNMENT = 4096;
  private static final byte STALE = (byte) 0xFF;

  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;
  private long used = ALIGNMENT;
  private int open;

  /**
   * Makes the file.
   *
   * @param file is deleted on closing
   * @param size bytes; those that nobody touches take no place
   */
  SharedMemory(Path file, long size) throws IOException {
    this.file = file;
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
    }
  }

  long free() {
    return bytes.byteSize() - used;
  }

  /** Allocates memory, full of what nobody wants to compute with: NaN in every type. */
  Piece allocate(long size) {
    if (size > free()) {
      throw new DeviceException(size + " bytes are asked for, " + free() + " are free");
    }
    Piece piece = new Piece(this, used, size, true);
    piece.segment().fill(STALE);
    used = Math.min(bytes.byteSize(), (used + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    open++;
    return piece;
  }

  private void release() {
    open--;
    if (open == 0) {
      used = ALIGNMENT;
    }
  }

  @Override
  public void close() {
    arena.close();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A run of it.
   *
   * @param memory the whole
   * @param offset first byte
   * @param bytes how many
   * @param owner whether closing it frees it
   */
  record Piece(SharedMemory memory, long offset, long bytes, boolean owner)
      implements DeviceBuffer {
    MemorySegment segment() {
      return memory.bytes.asSlice(offset, bytes);
    }

    @Override
    public DeviceBuffer slice(long from, long length) {
      return new Piece(
          memory, offset + Objects.checkFromIndexSize(from, length, bytes), length, false);
    }

    @Override
    public void close() {
      if (owner) {
        memory.release();
      }
    }
  }
}
