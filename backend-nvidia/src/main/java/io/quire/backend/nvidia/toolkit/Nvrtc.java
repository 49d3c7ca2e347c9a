package io.quire.backend.nvidia.toolkit;

import java.util.List;
import java.util.Set;

/** NVIDIA's compiler at run time. Safe for use by several threads. */
public interface Nvrtc extends AutoCloseable {
  /** What is asked for. */
  enum Output {
    /** Machine code of one architecture ({@code --gpu-architecture=sm_...}). */
    MACHINE_CODE,
    /** An intermediate text ({@code --gpu-architecture=compute_...}). */
    PTX
  }

  /**
   * What the compiler made of a text.
   *
   * @param code the output; empty on failure
   * @param log messages
   */
  record Outcome(byte[] code, String log) {
    /** {@return whether the text compiled} */
    public boolean succeeded() {
      return code.length > 0;
    }
  }

  /** {@return the version, such as {@code 13.0}} */
  String version();

  /** {@return the architectures that it compiles for, such as 90} */
  Set<Integer> architectures();

  /**
   * Compiles.
   *
   * @param text CUDA C++
   * @param name for messages
   * @param options of NVRTC
   * @param output what is asked for
   * @return the outcome
   */
  Outcome compile(String text, String name, List<String> options, Output output);

  /** Lets the library go. */
  @Override
  void close();
}
