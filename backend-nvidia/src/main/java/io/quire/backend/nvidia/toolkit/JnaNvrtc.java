package io.quire.backend.nvidia.toolkit;

import com.sun.jna.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * NVRTC of CUDA 12 or 13, through JNA. Functions are called by address with plain numbers: JNA
 * keeps interfaces that are mapped, and so their class loaders, for ever.
 */
public final class JnaNvrtc implements Nvrtc {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final byte[] NOTHING = new byte[0];

  private final NativeLibrary library;
  private final String version;

  /**
   * Loads the library.
   *
   * @param file its file
   * @throws UnsatisfiedLinkError if it cannot be loaded or lacks a function
   */
  public JnaNvrtc(Path file) {
    library = NativeLibrary.getInstance(file.toString());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment numbers = arena.allocate(INT, 2);
      int status = call("nvrtcVersion", numbers.address(), numbers.address() + Integer.BYTES);
      if (status != 0) {
        throw new UnsatisfiedLinkError(file + ": nvrtcVersion returned " + status);
      }
      version = numbers.getAtIndex(INT, 0) + "." + numbers.getAtIndex(INT, 1);
    }
  }

  private int call(String function, Object... arguments) {
    return library.getFunction(function).invokeInt(arguments);
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Set<Integer> architectures() {
    Set<Integer> found = new TreeSet<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(INT);
      if (call("nvrtcGetNumSupportedArchs", count.address()) == 0 && count.get(INT, 0) > 0) {
        MemorySegment all = arena.allocate(INT, count.get(INT, 0));
        if (call("nvrtcGetSupportedArchs", all.address()) == 0) {
          for (int arch : all.toArray(INT)) {
            found.add(arch);
          }
        }
      }
    }
    return found;
  }

  @Override
  public Outcome compile(String text, String name, List<String> options, Output output) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(LONG);
      int status =
          call(
              "nvrtcCreateProgram",
              slot.address(),
              arena.allocateFrom(text).address(),
              arena.allocateFrom(name).address(),
              0,
              0L,
              0L);
      if (status != 0) {
        return new Outcome(NOTHING, "nvrtcCreateProgram returned " + status);
      }
      try {
        return compile(arena, slot.get(LONG, 0), options, output);
      } finally {
        call("nvrtcDestroyProgram", slot.address());
      }
    }
  }

  private Outcome compile(Arena arena, long program, List<String> options, Output output) {
    MemorySegment list = arena.allocate(LONG, Math.max(1, options.size()));
    for (int i = 0; i < options.size(); i++) {
      list.setAtIndex(LONG, i, arena.allocateFrom(options.get(i)).address());
    }
    int status = call("nvrtcCompileProgram", program, options.size(), list.address());
    String log = text(result(arena, program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog"));
    if (status != 0) {
      return new Outcome(NOTHING, log.isBlank() ? "NVRTC returned " + status : log);
    }
    byte[] code =
        switch (output) {
          case MACHINE_CODE -> result(arena, program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN");
          case PTX -> result(arena, program, "nvrtcGetPTXSize", "nvrtcGetPTX");
        };
    return new Outcome(code, log);
  }

  private byte[] result(Arena arena, long program, String sizeFunction, String contentFunction) {
    MemorySegment size = arena.allocate(LONG);
    if (call(sizeFunction, program, size.address()) != 0 || size.get(LONG, 0) < 1) {
      return NOTHING;
    }
    MemorySegment content = arena.allocate(size.get(LONG, 0));
    return call(contentFunction, program, content.address()) == 0
        ? content.toArray(ValueLayout.JAVA_BYTE)
        : NOTHING;
  }

  /** What C's texts end with is no part of them. */
  private static String text(byte[] content) {
    return new String(content, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  @Override
  public void close() {
    library.close();
  }
}
