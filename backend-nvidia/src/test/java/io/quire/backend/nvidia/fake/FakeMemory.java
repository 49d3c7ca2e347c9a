package io.quire.backend.nvidia.fake;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Memory of a device that does not exist: the host's, by address. */
final class FakeMemory {
  private static final long ALIGNMENT = 512;

  private final TreeMap<Long, Piece> pieces = new TreeMap<>();
  private long used;

  private record Piece(Arena arena, MemorySegment memory) {}

  synchronized long allocate(long bytes) {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocate(bytes, ALIGNMENT);
    pieces.put(memory.address(), new Piece(arena, memory));
    used += bytes;
    return memory.address();
  }

  /** {@return whether there was such a piece} */
  synchronized boolean free(long address) {
    Piece piece = pieces.remove(address);
    if (piece == null) {
      return false;
    }
    used -= piece.memory().byteSize();
    piece.arena().close();
    return true;
  }

  /** {@return the bytes at an address, if all of them are allocated} */
  synchronized Optional<MemorySegment> at(long address, long bytes) {
    Map.Entry<Long, Piece> entry = pieces.floorEntry(address);
    if (entry == null) {
      return Optional.empty();
    }
    MemorySegment memory = entry.getValue().memory();
    long from = address - memory.address();
    return bytes <= memory.byteSize() - from
        ? Optional.of(memory.asSlice(from, bytes))
        : Optional.empty();
  }

  synchronized long used() {
    return used;
  }

  synchronized int pieces() {
    return pieces.size();
  }
}
