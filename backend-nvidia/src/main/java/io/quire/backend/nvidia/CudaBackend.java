package io.quire.backend.nvidia;

import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaDevice;
import io.quire.backend.nvidia.cuda.CudaLibrary;
import io.quire.backend.nvidia.cuda.Discovery;
import io.quire.backend.nvidia.driver.CudaDriver;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.backend.nvidia.toolkit.Toolkit;
import io.quire.gpu.driver.DriverServices;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;

/** Registers a {@link io.quire.api.device.DeviceDriver} for each CUDA device. */
@Component(
    service = {},
    immediate = true,
    configurationPid = CudaConfig.PID)
@Designate(ocd = CudaConfig.class)
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.device.DeviceDriver")
public final class CudaBackend {
  private static final Logger LOG = System.getLogger(CudaBackend.class.getName());

  /**
   * Ranking of the services: the same card may also be there through an interface that is not its
   * maker's own, with the ranking 0 of those.
   */
  private static final int RANKING = 10;

  private static final int THOUSANDS = 1000;

  private final DriverServices services;
  private final Libraries libraries;
  private final boolean overlap;

  // Touched by the services' thread alone.
  private Optional<Cuda> cuda = Optional.empty();
  private Optional<Nvrtc> nvrtc = Optional.empty();

  /**
   * Begins to look for devices.
   *
   * @param context the bundle's
   * @param config the configuration
   */
  @Activate
  public CudaBackend(BundleContext context, CudaConfig config) {
    this(context, config, Libraries.here());
  }

  CudaBackend(BundleContext context, CudaConfig config, Libraries libraries) {
    this.libraries = libraries;
    overlap = config.overlap();
    services = new DriverServices(context, "quire-cuda");
    if (config.enabled()) {
      services.discover("CUDA", this::discover);
    }
  }

  private void discover() {
    cuda = libraries.cuda();
    if (cuda.isEmpty()) {
      LOG.log(Level.DEBUG, "no NVIDIA driver here: {0} is not installed", CudaLibrary.NAME);
      return;
    }
    Discovery discovery = new Discovery(cuda.get());
    int version = discovery.start();
    if (version == 0) {
      return;
    }
    nvrtc = libraries.nvrtc(version / THOUSANDS);
    if (nvrtc.isEmpty()) {
      LOG.log(
          Level.WARNING,
          "NVIDIA''s driver is here, but not its compiler: no libnvrtc.so of CUDA {0} or older was"
              + " found, so no kernel can be compiled and the devices are left out. To get it: {1}",
          version / THOUSANDS,
          Toolkit.REMEDY);
      return;
    }
    PreludeText preludes = new PreludeText(CudaBackend.class);
    BinaryCache cache = new BinaryCache(Optional.of(services.programFolder("cuda")));
    for (CudaDevice device : discovery.devices(version, nvrtc.get().version())) {
      register(device, preludes, cache);
    }
  }

  private void register(CudaDevice device, PreludeText preludes, BinaryCache cache) {
    Nvrtc compiler = nvrtc.orElseThrow();
    if (!compiler.architectures().contains(device.capability())) {
      LOG.log(
          Level.WARNING,
          "device {0} ({1}) is left out: NVRTC {2} compiles for {3}, not for {4}. A newer one: {5}",
          device.info().id(),
          device.info().name(),
          compiler.version(),
          compiler.architectures(),
          device.info().arch(),
          Toolkit.REMEDY);
      return;
    }
    services.register(
        onLoss ->
            new CudaDriver(device, cuda.orElseThrow(), compiler, preludes, cache, overlap, onLoss),
        Map.of(Constants.SERVICE_RANKING, RANKING));
    LOG.log(
        Level.INFO,
        "device {0}: {1}, {2}, driver of CUDA {3}, NVRTC {4}",
        device.info().id(),
        device.info().name(),
        device.target(),
        device.info().properties().get("driver.version"),
        compiler.version());
  }

  /**
   * Takes all devices back: whoever has plans on them closes them before this returns.
   *
   * @throws InterruptedException if the thread is interrupted; then devices may remain
   */
  @Deactivate
  void stop() throws InterruptedException {
    services.stop(() -> {
      nvrtc.ifPresent(Nvrtc::close);
      cuda.ifPresent(Cuda::close);
    });
  }
}
