package io.quire.tools.target;

import io.quire.api.device.DeviceInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A kind of device to compile for, with the numbers that its driver would report.
 *
 * @param name as on the command line, such as {@code gfx942}
 * @param maker whose compiler is called
 * @param prelude the prelude's name, without {@code .h}
 * @param wide the slab of {@code TILE_WIDE 1}
 * @param narrow the slab of {@code TILE_WIDE 0}
 * @param localMemory bytes that a group may have
 * @param workgroupMax work-items that a group may have, with the registers that we ask for
 * @param subgroup lanes that run together
 * @param copierLanes lanes that only copy, 0 for none
 * @param computeUnits of a typical device
 * @param memory bytes of a typical device
 * @param matrix what the matrix instruction looks like in a listing; empty: there is none
 * @param macros what the driver defines beside the header's
 */
public record Target(
    String name,
    Maker maker,
    String prelude,
    Slab wide,
    Slab narrow,
    int localMemory,
    int workgroupMax,
    int subgroup,
    int copierLanes,
    int computeUnits,
    long memory,
    String matrix,
    Map<String, String> macros) {
  /** Copies the map. */
  public Target {
    macros = Map.copyOf(macros);
  }

  /** Whose compiler is called. */
  public enum Maker {
    /** Clang with ROCm's device libraries. */
    AMD("amd", "opencl"),
    /** The offline compiler {@code ocloc}. */
    INTEL("intel", "level-zero"),
    /** NVRTC and {@code ptxas}. */
    NVIDIA("nvidia", "cuda");

    private final String vendor;
    private final String driver;

    Maker(String vendor, String driver) {
      this.vendor = vendor;
      this.driver = driver;
    }
  }

  /**
   * Lanes that own rows of a tile together.
   *
   * @param rows their rows
   * @param lanes how many they are
   */
  public record Slab(int rows, int lanes) {}

  /** {@return whether the device has a matrix unit that its prelude uses} */
  public boolean hasMatrixUnit() {
    return !matrix.isEmpty();
  }

  /** {@return finds the matrix instructions of a listing; never matches if there are none} */
  public Pattern matrixPattern() {
    return Pattern.compile(matrix.isEmpty() ? "(?!)" : matrix);
  }

  /** {@return what a driver of this device would say of it} */
  public DeviceInfo info() {
    Map<String, Object> properties = new HashMap<>();
    properties.put(DeviceInfo.DEVICE, name);
    properties.put(DeviceInfo.VENDOR, maker.vendor);
    properties.put(DeviceInfo.ARCH, name);
    properties.put(DeviceInfo.DRIVER, maker.driver);
    properties.put(DeviceInfo.MEMORY, memory);
    properties.put("prelude", prelude);
    properties.put("fp16", true);
    properties.put("local.memory", localMemory);
    properties.put("workgroup.max", workgroupMax);
    properties.put("subgroup", subgroup);
    properties.put("copier.lanes", copierLanes);
    properties.put("compute.units", computeUnits);
    properties.put("slab.wide.rows", wide.rows());
    properties.put("slab.wide.lanes", wide.lanes());
    properties.put("slab.narrow.rows", narrow.rows());
    properties.put("slab.narrow.lanes", narrow.lanes());
    return new DeviceInfo(
        name, name, maker.vendor, name, maker.driver, memory, computeUnits, properties);
  }
}
