package io.quire.backend.nvidia.cuda;

import io.quire.gpu.driver.ErrorCodes;
import java.util.Map;
import java.util.Set;
import jcuda.driver.CUresult;

/**
 * What CUDA's error codes mean here. A code that says that something ran wrong on the device, that
 * hardware failed, or that our own valid objects are not valid any more loses the device; in that
 * process the driver answers every later call with the same code. Everything else is a refusal.
 */
public final class CudaStatus {
  /** {@code CUDA_SUCCESS}. */
  public static final int SUCCESS = 0;

  /** {@code CUDA_ERROR_INVALID_VALUE}. */
  public static final int INVALID_VALUE = 1;

  /** {@code CUDA_ERROR_OUT_OF_MEMORY}. */
  public static final int OUT_OF_MEMORY = 2;

  /** {@code CUDA_ERROR_NO_DEVICE}. */
  public static final int NO_DEVICE = 100;

  /** {@code CUDA_ERROR_NOT_FOUND}. */
  public static final int NOT_FOUND = 500;

  /** {@code CUDA_ERROR_NOT_READY}. */
  public static final int NOT_READY = 600;

  /** The meanings below, for a guard. */
  public static final ErrorCodes CODES =
      new ErrorCodes() {
        @Override
        public String name(int code) {
          return CudaStatus.name(code);
        }

        @Override
        public boolean lost(int code) {
          return CudaStatus.lost(code);
        }
      };

  /** Codes that are younger than JCuda. */
  private static final Map<Integer, String> YOUNG =
      Map.of(
          225, "CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC",
          226, "CUDA_ERROR_CONTAINED",
          402, "CUDA_ERROR_LOSSY_QUERY",
          721, "CUDA_ERROR_TENSOR_MEMORY_LEAK",
          913, "CUDA_ERROR_FUNCTION_NOT_LOADED",
          914, "CUDA_ERROR_INVALID_RESOURCE_TYPE",
          915, "CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION",
          916, "CUDA_ERROR_KEY_ROTATION");

  private static final Set<Integer> LOST =
      Set.of(
          4, // deinitialized
          101, // invalid device
          201, // invalid context
          214, // memory error that ECC cannot correct
          220, // the same on NVLink
          226, // fault, contained
          400, // invalid handle
          700, // illegal address
          702, // launch timeout
          709, // context is destroyed
          710, // assertion
          714, // hardware stack error
          715, // illegal instruction
          716, // misaligned address
          717, // invalid address space
          718, // invalid program counter
          719, // launch failed
          721, // tensor memory leak
          806, // MPS: call failed
          810, // MPS: client terminated
          911, // fault in an external device
          999 // unknown
          );

  private CudaStatus() {}

  /**
   * Names a code.
   *
   * @param code what a function returned
   * @return its name in CUDA's documentation, with the number
   */
  public static String name(int code) {
    String young = YOUNG.getOrDefault(code, "");
    String name = young.isEmpty() ? CUresult.stringFor(code) : young;
    return name.startsWith("CUDA_") ? name + " (" + code + ")" : "CUDA error " + code;
  }

  /**
   * Whether a code says that the device is lost.
   *
   * @param code what a function returned
   * @return true if no result of the device can be trusted any more
   */
  public static boolean lost(int code) {
    return LOST.contains(code);
  }
}
