package io.quire.backend.amd.opencl;

import io.quire.api.device.DeviceInfo;
import io.quire.backend.amd.program.Preludes;
import io.quire.gpu.program.Prelude;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** What is told of a device. */
final class Description {
  // Facts of vendors' extensions, which JOCL does not name.
  private static final int NV_COMPUTE_MAJOR = 0x4000;
  private static final int NV_COMPUTE_MINOR = 0x4001;
  private static final int NV_WARP_SIZE = 0x4003;
  private static final int AMD_BOARD_NAME = 0x4038;
  private static final int AMD_WAVEFRONT_WIDTH = 0x4043;

  /**
   * Mesa's software device: lanes fill a vector, whose width it tells in its name alone. All loops
   * of a lane end after 65,535 turns in sum, so a long loop must be shared by many lanes.
   */
  private static final Pattern LLVMPIPE = Pattern.compile("^llvmpipe .*\\b(\\d{2,4}) bits");

  private static final int VENDOR_AMD = 0x1002;
  private static final int VENDOR_INTEL = 0x8086;
  private static final int VENDOR_NVIDIA = 0x10de;

  private final PlatformFacts platform;
  private final cl_device_id handle;
  private final Query.Source facts;
  private final String name;
  private final String extensions;
  private final boolean cpu;
  private final Prelude prelude;

  Description(PlatformFacts platform, cl_device_id handle, String wantedPrelude) {
    this.platform = platform;
    this.handle = handle;
    facts = Query.of(handle);
    name = Query.text(facts, CL.CL_DEVICE_NAME);
    extensions = " " + Query.text(facts, CL.CL_DEVICE_EXTENSIONS) + " ";
    cpu = (number(CL.CL_DEVICE_TYPE) & CL.CL_DEVICE_TYPE_CPU) != 0;
    prelude =
        "auto".equals(wantedPrelude) ? Preludes.madeFor(arch()) : Preludes.named(wantedPrelude);
  }

  String name() {
    return name;
  }

  /** {@return whether it can compile and is there; little-endian, as everything here is} */
  boolean usable() {
    return number(CL.CL_DEVICE_AVAILABLE) != 0
        && number(CL.CL_DEVICE_COMPILER_AVAILABLE) != 0
        && number(CL.CL_DEVICE_ENDIAN_LITTLE) != 0
        && number(CL.CL_DEVICE_ADDRESS_BITS) == Long.SIZE;
  }

  @SuppressWarnings("deprecation") // nothing has taken the place of "unified memory"
  OpenClDevice device(cl_platform_id owner, String id) {
    String driver = Query.text(facts, CL.CL_DRIVER_VERSION);
    boolean shared = cpu || number(CL.CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
    DeviceInfo info =
        new DeviceInfo(
            id,
            productName(),
            vendor(),
            arch(),
            "opencl",
            number(CL.CL_DEVICE_GLOBAL_MEM_SIZE),
            whole(CL.CL_DEVICE_MAX_COMPUTE_UNITS),
            properties(driver, shared));
    String build =
        String.join(
            "\n",
            platform.name(),
            platform.version(),
            driver,
            name,
            Query.text(facts, CL.CL_DEVICE_VERSION));
    long most = number(CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    return new OpenClDevice(owner, handle, info, prelude, shared, most, build);
  }

  private Map<String, Object> properties(String driver, boolean shared) {
    Map<String, Object> properties = new HashMap<>(prelude.properties());
    properties.put("platform", platform.name());
    properties.put("driver.version", driver);
    properties.put("type", type());
    properties.put("local.memory", whole(CL.CL_DEVICE_LOCAL_MEM_SIZE));
    properties.put("workgroup.max", whole(CL.CL_DEVICE_MAX_WORK_GROUP_SIZE));
    properties.put("compute.units", whole(CL.CL_DEVICE_MAX_COMPUTE_UNITS));
    properties.put("allocation.max", number(CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE));
    properties.put("subgroup", subgroup());
    properties.put(DeviceInfo.MEMORY_SHARED, shared);
    properties.put("fp16", extensions.contains(" cl_khr_fp16 "));
    return properties;
  }

  private String type() {
    long type = number(CL.CL_DEVICE_TYPE);
    if (cpu) {
      return "cpu";
    }
    return (type & CL.CL_DEVICE_TYPE_GPU) != 0 ? "gpu" : "accelerator";
  }

  private int subgroup() {
    if (prelude.subgroup() > 1) {
      return prelude.subgroup();
    }
    if (extensions.contains(" cl_amd_device_attribute_query ")) {
      return (int) Query.number(facts, AMD_WAVEFRONT_WIDTH, 1);
    }
    if (extensions.contains(" cl_nv_device_attribute_query ")) {
      return (int) Query.number(facts, NV_WARP_SIZE, 1);
    }
    Matcher software = LLVMPIPE.matcher(name);
    return software.find() ? Integer.parseInt(software.group(1)) / Integer.SIZE : 1;
  }

  private String productName() {
    String board =
        extensions.contains(" cl_amd_device_attribute_query ")
            ? Query.text(facts, AMD_BOARD_NAME)
            : "";
    return board.isEmpty() ? name : board;
  }

  /** A processor is nobody's GPU: filters for a vendor's GPUs must not catch it. */
  private String vendor() {
    if (cpu) {
      return "cpu";
    }
    String maker = Query.text(facts, CL.CL_DEVICE_VENDOR);
    return switch ((int) number(CL.CL_DEVICE_VENDOR_ID)) {
      case VENDOR_AMD -> "amd";
      case VENDOR_INTEL -> "intel";
      case VENDOR_NVIDIA -> "nvidia";
      default -> new PlatformFacts(maker, "").slug();
    };
  }

  private String arch() {
    if (cpu) {
      String arch = System.getProperty("os.arch", "");
      return "amd64".equals(arch) ? "x86_64" : arch;
    }
    if (name.startsWith("gfx")) {
      return name.split(":")[0].toLowerCase(Locale.ROOT);
    }
    if (extensions.contains(" cl_nv_device_attribute_query ")) {
      return "sm_"
          + Query.number(facts, NV_COMPUTE_MAJOR, 0)
          + Query.number(facts, NV_COMPUTE_MINOR, 0);
    }
    return name;
  }

  private int whole(int parameter) {
    return (int) Math.clamp(number(parameter), 0L, Integer.MAX_VALUE);
  }

  private long number(int parameter) {
    return Query.number(facts, parameter, 0);
  }
}
