package io.quire.backend.nvidia;

import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaLibrary;
import io.quire.backend.nvidia.toolkit.JnaNvrtc;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.backend.nvidia.toolkit.Toolkit;
import java.util.Optional;

/** The native libraries of a machine. */
interface Libraries {
  /** {@return the driver's calls, or empty if there is no driver} */
  Optional<Cuda> cuda();

  /**
   * Loads the compiler.
   *
   * @param majorVersion no newer than this one
   * @return the compiler, or empty if there is none
   */
  Optional<Nvrtc> nvrtc(int majorVersion);

  /** {@return those of the machine that this runs on} */
  static Libraries here() {
    return new Libraries() {
      @Override
      public Optional<Cuda> cuda() {
        return CudaLibrary.load();
      }

      @Override
      public Optional<Nvrtc> nvrtc(int majorVersion) {
        return Toolkit.here().nvrtc(majorVersion).map(JnaNvrtc::new);
      }
    };
  }
}
