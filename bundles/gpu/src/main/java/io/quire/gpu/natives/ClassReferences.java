package io.quire.gpu.natives;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandleProxies;
import java.nio.file.Path;
import java.util.List;

/**
 * Lets a binding's classes go with their class loader. Native libraries of bindings keep global JNI
 * references to their own Java classes and never free these, so a bundle with such a binding in it
 * would stay in memory for ever after it was stopped or updated. Here weak references take their
 * place; they hold as long as the class loader does, which is as long as anybody can call the
 * binding.
 */
public final class ClassReferences {
  private static final Logger LOG = System.getLogger(ClassReferences.class.getName());

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  // Places in the function tables of the JNI specification.
  private static final int GET_ENV = 6;
  private static final int DELETE_GLOBAL_REF = 22;
  private static final int NEW_WEAK_GLOBAL_REF = 226;
  private static final int GET_OBJECT_REF_TYPE = 232;

  private static final int GLOBAL = 2;
  private static final int JNI_1_8 = 0x00010008;

  private static final FunctionDescriptor OF_REFERENCE = FunctionDescriptor.of(LONG, LONG, LONG);

  private ClassReferences() {}

  /** A function of JNI that takes a reference. */
  @FunctionalInterface
  public interface OfReference {
    /**
     * Calls it.
     *
     * @param env the thread's JNI environment
     * @param reference what it is about
     * @return its result, undefined if it has none
     */
    long call(long env, long reference);
  }

  /** {@code JNI_GetCreatedJavaVMs}. */
  @FunctionalInterface
  public interface GetMachines {
    /**
     * Calls it.
     *
     * @param machines address of the result
     * @param length machines that there is room for
     * @param count address of their number
     * @return an error code
     */
    int call(long machines, int length, long count);
  }

  /** {@code GetEnv}. */
  @FunctionalInterface
  public interface GetEnv {
    /**
     * Calls it.
     *
     * @param machine the virtual machine
     * @param env address of the result
     * @param version of JNI
     * @return an error code
     */
    int call(long machine, long env, int version);
  }

  /**
   * Loosens references, once the binding's library is loaded. A second call does nothing.
   *
   * @param binding its name, for the log
   * @param symbols finds variables of its library: the caller's {@code SymbolLookup.loaderLookup()}
   * @param variables names of the library's variables that hold a reference each
   */
  public static synchronized void loosen(
      String binding, SymbolLookup symbols, List<String> variables) {
    try {
      long env = environment();
      OfReference type = bind(inTable(env, GET_OBJECT_REF_TYPE), OF_REFERENCE, OfReference.class);
      OfReference weak = bind(inTable(env, NEW_WEAK_GLOBAL_REF), OF_REFERENCE, OfReference.class);
      OfReference delete = bind(inTable(env, DELETE_GLOBAL_REF), OF_REFERENCE, OfReference.class);
      for (String name : variables) {
        MemorySegment variable = longs(symbols.findOrThrow(name).address(), 1);
        long reference = variable.get(LONG, 0);
        if (reference != 0 && (int) type.call(env, reference) == GLOBAL) {
          variable.set(LONG, 0, weak.call(env, reference));
          delete.call(env, reference);
        }
      }
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, binding + " stays in memory when its bundle has left: " + e, e);
    }
  }

  @SuppressWarnings("restricted") // JNI itself is what this class is about
  private static long environment() {
    Path file =
        Path.of(System.getProperty("java.home"), "lib", "server", System.mapLibraryName("jvm"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(LONG);
      MemorySegment count = arena.allocate(INT);
      GetMachines machines =
          bind(
              SymbolLookup.libraryLookup(file, arena).findOrThrow("JNI_GetCreatedJavaVMs"),
              FunctionDescriptor.of(INT, LONG, INT, LONG),
              GetMachines.class);
      require(machines.call(result.address(), 1, count.address()), "JNI_GetCreatedJavaVMs");
      long machine = result.get(LONG, 0);
      FunctionDescriptor type = FunctionDescriptor.of(INT, LONG, LONG, INT);
      GetEnv environment = bind(inTable(machine, GET_ENV), type, GetEnv.class);
      require(environment.call(machine, result.address(), JNI_1_8), "GetEnv");
      return result.get(LONG, 0);
    }
  }

  private static void require(int status, String function) {
    if (status != 0) {
      throw new IllegalStateException(function + " failed with " + status);
    }
  }

  /** A JNI object begins with the address of its table of functions. */
  private static MemorySegment inTable(long object, int place) {
    long table = longs(object, 1).get(LONG, 0);
    return MemorySegment.ofAddress(longs(table, place + 1).getAtIndex(LONG, place));
  }

  @SuppressWarnings("restricted") // the sizes are those of the specification
  private static MemorySegment longs(long address, int count) {
    return MemorySegment.ofAddress(address).reinterpret(count * LONG.byteSize());
  }

  @SuppressWarnings("restricted") // the signatures are those of the specification
  private static <T> T bind(MemorySegment address, FunctionDescriptor type, Class<T> shape) {
    return MethodHandleProxies.asInterfaceInstance(
        shape, Linker.nativeLinker().downcallHandle(address, type));
  }
}
