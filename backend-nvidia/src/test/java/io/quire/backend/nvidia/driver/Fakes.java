package io.quire.backend.nvidia.driver;

import io.quire.backend.nvidia.CudaBackend;
import io.quire.backend.nvidia.cuda.Discovery;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.backend.nvidia.fake.FakeNvrtc;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import io.quire.testkit.driver.DriverCandidate;
import io.quire.testkit.driver.DriverRig;
import java.util.List;
import java.util.Optional;

/** Drivers over a CUDA that is not there. */
final class Fakes {
  private static final PreludeText PRELUDES = new PreludeText(CudaBackend.class);

  private Fakes() {}

  static FakeCuda hopper() {
    return new FakeCuda(9, 0);
  }

  static CudaDriver driver(FakeCuda cuda, BinaryCache cache, Runnable onLoss) {
    return driver(cuda, new FakeNvrtc(), cache, onLoss);
  }

  static CudaDriver driver(FakeCuda cuda, FakeNvrtc nvrtc, BinaryCache cache, Runnable onLoss) {
    return driver(cuda, nvrtc, cache, true, onLoss);
  }

  private static CudaDriver driver(
      FakeCuda cuda, FakeNvrtc nvrtc, BinaryCache cache, boolean overlap, Runnable onLoss) {
    Discovery discovery = new Discovery(cuda);
    var device = discovery.devices(discovery.start(), nvrtc.version()).getFirst();
    return new CudaDriver(device, cuda, nvrtc, PRELUDES, cache, overlap, onLoss);
  }

  static DriverRig rig(FakeCuda cuda) {
    return new DriverRig(driver(cuda, new BinaryCache(Optional.empty()), () -> {}));
  }

  static DriverRig rig(FakeCuda cuda, boolean overlap) {
    BinaryCache none = new BinaryCache(Optional.empty());
    return new DriverRig(driver(cuda, new FakeNvrtc(), none, overlap, () -> {}));
  }

  static List<DriverCandidate> candidates() {
    return List.of(new DriverCandidate("no GPU", cache -> driver(hopper(), cache, () -> {})));
  }
}
