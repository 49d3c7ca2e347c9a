package io.quire.backend.amd;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.quire.backend.amd.driver.OpenClDriver;
import io.quire.backend.amd.opencl.Discovery;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.backend.amd.opencl.OpenClLibrary;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import io.quire.testkit.driver.Leaving;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jocl.CL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bundle that has stopped leaves no class loader, so its native library leaves, too. */
class LeavingTest {
  @TempDir private Path folder;

  /** Everything that a backend does, on every device. */
  public static final class Life implements Runnable {
    /** Called by name, in a loader of its own. */
    public Life() {}

    @Override
    public void run() {
      OpenClLibrary library = OpenClLibrary.load().orElseThrow();
      for (OpenClDevice device : Discovery.devices("auto")) {
        try (OpenClDriver driver =
            new OpenClDriver(
                device,
                library,
                new PreludeText(OpenClBackend.class),
                new BinaryCache(Optional.empty()),
                () -> {})) {
          Leaving.use(driver);
        }
      }
      library.close();
    }
  }

  @Test
  void shouldLetItsClassLoaderGo() throws Exception {
    assumeFalse(Runtimes.devices("auto").isEmpty());
    new Leaving(
            List.of(OpenClBackend.class, LeavingTest.class, CL.class),
            List.of("io.quire.backend.amd.", "org.jocl."),
            folder)
        .assertLeavesNothing(Life.class);
  }
}
