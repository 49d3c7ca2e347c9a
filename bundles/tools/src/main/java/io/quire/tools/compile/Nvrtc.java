package io.quire.tools.compile;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** NVIDIA's compiler as a library: from CUDA C++ to PTX. Safe for use by several threads. */
final class Nvrtc {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final java.lang.foreign.AddressLayout POINTER = ValueLayout.ADDRESS;

  private final Create create;
  private final Compile compile;
  private final Pair logSize;
  private final Pair log;
  private final Pair ptxSize;
  private final Pair ptx;
  private final One destroy;

  /** {@code nvrtcCreateProgram}. */
  @FunctionalInterface
  public interface Create {
    /** Returns a status; the program's handle is written to its first argument. */
    int call(
        MemorySegment program,
        MemorySegment text,
        MemorySegment name,
        int headers,
        MemorySegment contents,
        MemorySegment names);
  }

  /** {@code nvrtcCompileProgram}. */
  @FunctionalInterface
  public interface Compile {
    /** Returns a status, 0 for success. */
    int call(MemorySegment program, int count, MemorySegment options);
  }

  /** A function that writes a result of a program. */
  @FunctionalInterface
  public interface Pair {
    /** Returns a status, 0 for success. */
    int call(MemorySegment program, MemorySegment result);
  }

  /** A function of a pointer. */
  @FunctionalInterface
  public interface One {
    /** Returns a status, 0 for success. */
    int call(MemorySegment program);
  }

  /**
   * What the compiler made of a text.
   *
   * @param ptx the intermediate text; empty on failure
   * @param log messages
   */
  record Outcome(String ptx, String log) {}

  /**
   * Loads the library. It stays for the life of the process.
   *
   * @param library its file
   * @throws IllegalArgumentException if it cannot be loaded or lacks a function
   */
  @SuppressWarnings("restricted") // a native library is what this class is about
  Nvrtc(Path library) {
    SymbolLookup lookup = SymbolLookup.libraryLookup(library, Arena.global());
    create =
        bind(
            Create.class,
            lookup,
            "nvrtcCreateProgram",
            FunctionDescriptor.of(INT, POINTER, POINTER, POINTER, INT, POINTER, POINTER));
    compile =
        bind(
            Compile.class,
            lookup,
            "nvrtcCompileProgram",
            FunctionDescriptor.of(INT, POINTER, INT, POINTER));
    FunctionDescriptor pair = FunctionDescriptor.of(INT, POINTER, POINTER);
    logSize = bind(Pair.class, lookup, "nvrtcGetProgramLogSize", pair);
    log = bind(Pair.class, lookup, "nvrtcGetProgramLog", pair);
    ptxSize = bind(Pair.class, lookup, "nvrtcGetPTXSize", pair);
    ptx = bind(Pair.class, lookup, "nvrtcGetPTX", pair);
    FunctionDescriptor one = FunctionDescriptor.of(INT, POINTER);
    destroy = bind(One.class, lookup, "nvrtcDestroyProgram", one);
  }

  @SuppressWarnings("restricted") // as above
  private static <T> T bind(
      Class<T> type, SymbolLookup lookup, String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        lookup
            .find(name)
            .orElseThrow(() -> new IllegalArgumentException("the library has no " + name));
    MethodHandle handle = Linker.nativeLinker().downcallHandle(address, descriptor);
    return MethodHandleProxies.asInterfaceInstance(type, handle);
  }

  Outcome compile(String text, List<String> options) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(POINTER);
      int status =
          create.call(
              slot,
              arena.allocateFrom(text),
              arena.allocateFrom("kernel.cu"),
              0,
              MemorySegment.NULL,
              MemorySegment.NULL);
      if (status != 0) {
        return new Outcome("", "nvrtcCreateProgram returned " + status);
      }
      MemorySegment program = slot.get(POINTER, 0);
      try {
        MemorySegment list = arena.allocate(POINTER, options.size());
        for (int i = 0; i < options.size(); i++) {
          list.setAtIndex(POINTER, i, arena.allocateFrom(options.get(i)));
        }
        status = compile.call(program, options.size(), list);
        String messages = text(arena, program, logSize, log);
        return status == 0
            ? new Outcome(text(arena, program, ptxSize, ptx), messages)
            : new Outcome("", messages.isBlank() ? "NVRTC returned " + status : messages);
      } finally {
        destroy.call(slot);
      }
    }
  }

  private static String text(Arena arena, MemorySegment program, Pair size, Pair content) {
    MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
    if (size.call(program, length) != 0 || length.get(ValueLayout.JAVA_LONG, 0) < 1) {
      return "";
    }
    MemorySegment bytes = arena.allocate(length.get(ValueLayout.JAVA_LONG, 0));
    return content.call(program, bytes) == 0
        ? bytes.getString(0, StandardCharsets.UTF_8).strip()
        : "";
  }
}
