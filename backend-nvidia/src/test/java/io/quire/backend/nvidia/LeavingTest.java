package io.quire.backend.nvidia;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaDevice;
import io.quire.backend.nvidia.cuda.Discovery;
import io.quire.backend.nvidia.driver.CudaDriver;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.backend.nvidia.toolkit.Toolkit;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import io.quire.testkit.driver.Leaving;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bundle that has stopped leaves no class loader, so its native library leaves, too. Only where
 * NVIDIA's driver and NVRTC are here.
 */
class LeavingTest {
  @TempDir private Path folder;

  /** Everything that a backend does, on every device. */
  public static final class Life implements Runnable {
    /** Called by name, in a loader of its own. */
    public Life() {}

    @Override
    public void run() {
      try (Cuda cuda = Libraries.here().cuda().orElseThrow()) {
        Discovery discovery = new Discovery(cuda);
        int version = discovery.start();
        try (Nvrtc nvrtc = Libraries.here().nvrtc(version / 1000).orElseThrow()) {
          for (CudaDevice device : discovery.devices(version, nvrtc.version())) {
            PreludeText preludes = new PreludeText(CudaBackend.class);
            BinaryCache cache = new BinaryCache(Optional.empty());
            try (CudaDriver driver =
                new CudaDriver(device, cuda, nvrtc, preludes, cache, true, () -> {})) {
              Leaving.use(driver);
            }
          }
        }
      }
    }
  }

  @Test
  void shouldLetItsClassLoaderGo() throws Exception {
    if (!present() || Toolkit.here().nvrtc(Integer.MAX_VALUE).isEmpty()) {
      System.out.println("SKIPPED: NVIDIA's driver or NVRTC is not here");
      assumeTrue(false);
    }
    // JCuda's classes are in the bundle.
    new Leaving(
            List.of(CudaBackend.class, LeavingTest.class),
            List.of("io.quire.backend.nvidia.", "jcuda."),
            folder)
        .assertLeavesNothing(Life.class);
  }

  @SuppressWarnings("restricted") // it is let go at once
  private static boolean present() {
    try (Arena arena = Arena.ofConfined()) {
      return SymbolLookup.libraryLookup("libcuda.so.1", arena) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
