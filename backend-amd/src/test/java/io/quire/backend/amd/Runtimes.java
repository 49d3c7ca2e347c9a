package io.quire.backend.amd;

import io.quire.api.device.DeviceInfo;
import io.quire.backend.amd.driver.OpenClDriver;
import io.quire.backend.amd.opencl.Discovery;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.backend.amd.opencl.OpenClLibrary;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import io.quire.testkit.driver.DriverCandidate;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The OpenCL devices that tests run on: all that are there. {@code QUIRE_OPENCL_REQUIRED} names the
 * platforms without which a test fails, such as {@code pocl,rusticl,intel}.
 */
public final class Runtimes {
  /** The runtimes that need no GPU. */
  static final List<String> NAMES = List.of("pocl", "rusticl", "intel");

  private Runtimes() {}

  /** What a driver needs besides a device. */
  static final class Shared {
    static final Optional<OpenClLibrary> LIBRARY = OpenClLibrary.load();
    static final PreludeText PRELUDES = new PreludeText(OpenClBackend.class);
    static final BinaryCache CACHE = new BinaryCache(Optional.of(Path.of("target", "kernels")));

    private Shared() {}
  }

  /**
   * Looks for devices.
   *
   * @param prelude for all of them, or {@code auto}
   * @return the devices; fails if a platform is required and missing
   */
  public static List<OpenClDevice> devices(String prelude) {
    List<OpenClDevice> devices =
        Shared.LIBRARY.isPresent() ? Discovery.devices(prelude) : List.of();
    TreeSet<String> missing = new TreeSet<>(required());
    devices.forEach(device -> missing.remove(name(device)));
    if (!missing.isEmpty()) {
      throw new AssertionError(
          "QUIRE_OPENCL_REQUIRED asks for "
              + missing
              + ", but OpenCL has only "
              + devices.stream().map(device -> device.info().id()).toList());
    }
    if (devices.isEmpty()) {
      System.out.println("SKIPPED: no OpenCL device is here, none is required");
    }
    return devices;
  }

  /** {@return the devices, each to be held to the contract} */
  public static List<DriverCandidate> candidates() {
    return devices("auto").stream()
        .map(device -> new DriverCandidate(name(device), cache -> driver(device, cache)))
        .toList();
  }

  private static List<String> required() {
    String value = System.getenv().getOrDefault("QUIRE_OPENCL_REQUIRED", "");
    return Stream.of(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  /**
   * Names a device's runtime.
   *
   * @param device the device
   * @return {@code pocl}, {@code rusticl}, {@code intel}, or the device's own name
   */
  public static String name(OpenClDevice device) {
    DeviceInfo info = device.info();
    String platform = info.properties().get("platform").toString().toLowerCase(Locale.ROOT);
    if (platform.startsWith("portable")) {
      return "pocl";
    }
    return NAMES.stream().filter(platform::startsWith).findFirst().orElse(info.id());
  }

  /**
   * Makes a driver.
   *
   * @param device for which
   * @return the driver; the caller closes it
   */
  public static OpenClDriver driver(OpenClDevice device) {
    return driver(device, Shared.CACHE);
  }

  /**
   * Makes a driver with a cache of its own.
   *
   * @param device for which
   * @param cache where its binaries are kept
   * @return the driver; the caller closes it
   */
  public static OpenClDriver driver(OpenClDevice device, BinaryCache cache) {
    return new OpenClDriver(device, Shared.LIBRARY.orElseThrow(), Shared.PRELUDES, cache, () -> {});
  }
}
