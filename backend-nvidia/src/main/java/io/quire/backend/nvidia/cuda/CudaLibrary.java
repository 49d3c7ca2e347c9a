package io.quire.backend.nvidia.cuda;

import io.quire.gpu.natives.ClassReferences;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import jcuda.JCudaVersion;

/**
 * Loads what CUDA is called through. JCuda's own loader, if the bundle's library does not load,
 * leaves a copy in the folder for temporary files; so the library is loaded here first, and JCuda
 * is not touched without it.
 */
public final class CudaLibrary {
  /** NVIDIA's driver, as the system's loader finds it. */
  public static final String NAME = "libcuda.so.1";

  private static final String BINDING = "JCudaDriver-" + JCudaVersion.get() + "-linux-x86_64";

  /** Variables of JCuda's native library, each with a reference to one of JCuda's classes. */
  private static final List<String> CLASS_VARIABLES =
      List.of(
          "Pointer_class",
          "CUdevice_class",
          "CUdeviceptr_class",
          "CUfunction_class",
          "CUgraphNode_class",
          "CUmemLocation_class",
          "CUaccessPolicyWindow_class");

  private CudaLibrary() {}

  /**
   * Loads CUDA.
   *
   * @return its calls, or empty if this machine has no NVIDIA driver
   * @throws UnsatisfiedLinkError if it has one, but the bundle has no binding for this machine
   */
  public static Optional<Cuda> load() {
    if (!present(NAME)) {
      return Optional.empty();
    }
    loadBinding();
    ClassReferences.loosen("JCuda", SymbolLookup.loaderLookup(), CLASS_VARIABLES);
    return Optional.of(new JCudaCalls());
  }

  @SuppressWarnings("restricted") // from the bundle itself (Bundle-NativeCode)
  private static void loadBinding() {
    System.loadLibrary(BINDING);
  }

  /**
   * Whether the system has a library.
   *
   * @param name its file name
   * @return true if it loads
   */
  @SuppressWarnings("restricted") // it is let go at once
  static boolean present(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return SymbolLookup.libraryLookup(name, arena) != null;
    } catch (IllegalArgumentException expected) {
      return false;
    }
  }
}
