package io.quire.backend.nvidia.cuda;

import io.quire.api.device.DeviceInfo;
import io.quire.gpu.program.Prelude;
import io.quire.gpu.program.Prelude.Slab;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the devices of CUDA, and says what they are. */
public final class Discovery {
  private static final Logger LOG = System.getLogger(Discovery.class.getName());

  /** The oldest driver interface that has every function we call: CUDA 12.4. */
  private static final int LEAST_VERSION = 12_040;

  /** Compute capability below which the prelude has no instructions: 8.0. */
  private static final int LEAST_ARCH = 80;

  /** From here on an architecture has instructions of its own alone, asked for by an {@code a}. */
  private static final int LEAST_SPECIAL_ARCH = 90;

  /** The one with {@code wgmma} and the engine that copies boxes. */
  private static final int HOPPER = 90;

  private static final String OPTIONS =
      "--std=c++17 -default-device --use_fast_math -diag-suppress=177";
  private static final int WARP = 32;
  private static final int MAX_NAME = 256;

  private final Cuda cuda;

  /**
   * Begins.
   *
   * @param cuda the calls
   */
  public Discovery(Cuda cuda) {
    this.cuda = cuda;
  }

  /**
   * The driver's version.
   *
   * @return such as 13010 for 13.1; 0 if it cannot be used, with a line in the log
   */
  public int start() {
    int status = cuda.init();
    if (status == CudaStatus.NO_DEVICE) {
      LOG.log(Level.DEBUG, "NVIDIA's driver is here, but no device of it");
      return 0;
    }
    int[] version = new int[1];
    if (status == CudaStatus.SUCCESS) {
      status = cuda.driverVersion(version);
    }
    if (status != CudaStatus.SUCCESS) {
      LOG.log(
          Level.WARNING,
          "NVIDIA''s driver does not start: {0}. Its devices are left out; nvidia-smi may say more",
          CudaStatus.name(status));
      return 0;
    }
    if (version[0] < LEAST_VERSION) {
      LOG.log(
          Level.WARNING,
          "NVIDIA''s driver speaks CUDA {0}, and 12.4 is needed (driver 550 or newer). Its devices"
              + " are left out until it is updated",
          text(version[0]));
      return 0;
    }
    return version[0];
  }

  /**
   * Finds devices. One that cannot be used is left out, with a line in the log.
   *
   * @param version the driver's, of {@link #start}
   * @param compiler the compiler's version, for listings
   * @return the devices in CUDA's order
   */
  public List<CudaDevice> devices(int version, String compiler) {
    int[] count = new int[1];
    require(cuda.deviceCount(count), "counting devices");
    List<CudaDevice> found = new ArrayList<>();
    for (int i = 0; i < count[0]; i++) {
      try {
        CudaDevice device = device(i, version, compiler);
        if (arch(i) < LEAST_ARCH) {
          LOG.log(
              Level.INFO,
              "device {0} ({1}) is left out: it is of {2}, and kernels need sm_80 or newer",
              device.info().id(),
              device.info().name(),
              device.info().arch());
        } else {
          found.add(device);
        }
      } catch (IllegalStateException e) {
        LOG.log(Level.WARNING, "device {0} of CUDA is left out: {1}", i, e.getMessage());
      }
    }
    return found;
  }

  private CudaDevice device(int ordinal, int version, String compiler) {
    byte[] name = new byte[MAX_NAME];
    long[] memory = new long[1];
    require(cuda.describe(ordinal, name, memory), "describing it");
    int arch = arch(ordinal);
    Prelude prelude = prelude(arch);
    Map<String, Object> properties = new HashMap<>(prelude.properties());
    properties.put("platform", "CUDA");
    properties.put("driver.version", text(version));
    properties.put("compiler.version", compiler);
    properties.put("type", "gpu");
    properties.put("local.memory", attribute(ordinal, Cuda.ATTRIBUTE_LOCAL_MEMORY));
    properties.put("workgroup.max", attribute(ordinal, Cuda.ATTRIBUTE_MAX_THREADS));
    properties.put("compute.units", attribute(ordinal, Cuda.ATTRIBUTE_MULTIPROCESSORS));
    properties.put("allocation.max", memory[0]);
    properties.put("subgroup", attribute(ordinal, Cuda.ATTRIBUTE_WARP_SIZE));
    properties.put(DeviceInfo.MEMORY_SHARED, attribute(ordinal, Cuda.ATTRIBUTE_INTEGRATED) != 0);
    properties.put("fp16", true);
    DeviceInfo info =
        new DeviceInfo(
            "cuda" + ordinal,
            terminated(name),
            "nvidia",
            "sm_" + arch,
            "cuda",
            memory[0],
            attribute(ordinal, Cuda.ATTRIBUTE_MULTIPROCESSORS),
            properties);
    String target = "sm_" + arch + (arch >= LEAST_SPECIAL_ARCH ? "a" : "");
    return new CudaDevice(ordinal, info, prelude, target);
  }

  private static Prelude prelude(int arch) {
    Slab narrow = new Slab(16, WARP);
    return arch == HOPPER
        ? new Prelude("cuda", OPTIONS, WARP, new Slab(64, 4 * WARP), narrow, 4 * WARP)
        : new Prelude("cuda", OPTIONS, WARP, narrow, narrow, 0);
  }

  private int arch(int ordinal) {
    return 10 * attribute(ordinal, Cuda.ATTRIBUTE_MAJOR) + attribute(ordinal, Cuda.ATTRIBUTE_MINOR);
  }

  private int attribute(int ordinal, int attribute) {
    int[] value = new int[1];
    require(cuda.attribute(ordinal, attribute, value), "asking for attribute " + attribute);
    return value[0];
  }

  private static void require(int status, String action) {
    if (status != CudaStatus.SUCCESS) {
      throw new IllegalStateException(action + " failed with " + CudaStatus.name(status));
    }
  }

  private static String terminated(byte[] name) {
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8).strip();
  }

  private static String text(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }
}
