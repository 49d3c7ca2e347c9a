package io.quire.backend.amd.opencl;

import io.quire.gpu.natives.ClassReferences;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** Finds the devices of all platforms. The first call loads every driver that is installed. */
public final class Discovery {
  private static final Logger LOG = System.getLogger(Discovery.class.getName());
  private static final int MAX_PLATFORMS = 64;
  private static final int MAX_DEVICES = 256;

  /**
   * JOCL's own constant has 64 bits set instead of 32, and rusticl takes no bit it does not know.
   */
  private static final long ALL_DEVICES = 0xFFFF_FFFFL;

  /** What the loader says if no driver is installed. */
  private static final int NO_PLATFORM = -1001;

  /** Variables of JOCL's native library, each with a reference to one of JOCL's classes. */
  private static final List<String> CLASS_VARIABLES =
      List.of(
          "Pointer_Class",
          "cl_command_queue_Class",
          "cl_context_Class",
          "cl_device_id_Class",
          "cl_event_Class",
          "cl_image_format_Class",
          "cl_kernel_Class",
          "cl_mem_Class",
          "cl_platform_id_Class",
          "cl_program_Class",
          "cl_sampler_Class");

  private Discovery() {}

  /**
   * Finds devices. A platform or device that cannot be used is left out, with a line in the log.
   *
   * @param prelude name of a prelude for all devices, or {@code auto}
   * @return the devices, in the order of their platforms
   */
  public static List<OpenClDevice> devices(String prelude) {
    List<OpenClDevice> found = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    for (cl_platform_id platform : platforms()) {
      PlatformFacts facts = PlatformFacts.of(platform);
      for (cl_device_id device : devices(platform, facts)) {
        Description description = new Description(facts, device, prelude);
        if (description.usable()) {
          int number = counts.merge(facts.slug(), 1, Integer::sum) - 1;
          found.add(description.device(platform, "opencl-" + facts.slug() + number));
        } else {
          LOG.log(
              Level.INFO,
              "OpenCL device {0} of platform {1} is left out: it has no compiler or is not"
                  + " available now",
              description.name(),
              facts.name());
        }
      }
    }
    return found;
  }

  private static cl_platform_id[] platforms() {
    int[] count = new int[1];
    int status = CL.clGetPlatformIDs(0, null, count);
    ClassReferences.loosen("JOCL", SymbolLookup.loaderLookup(), CLASS_VARIABLES);
    if (status == NO_PLATFORM || (status == CL.CL_SUCCESS && count[0] == 0)) {
      return new cl_platform_id[0];
    }
    cl_platform_id[] platforms = new cl_platform_id[Math.clamp(count[0], 1, MAX_PLATFORMS)];
    if (status == CL.CL_SUCCESS) {
      status = CL.clGetPlatformIDs(platforms.length, platforms, null);
    }
    if (status != CL.CL_SUCCESS) {
      LOG.log(Level.WARNING, "OpenCL platforms cannot be listed: {0}", Status.name(status));
      return new cl_platform_id[0];
    }
    return platforms;
  }

  private static cl_device_id[] devices(cl_platform_id platform, PlatformFacts facts) {
    int[] count = new int[1];
    int status = CL.clGetDeviceIDs(platform, ALL_DEVICES, 0, null, count);
    if (status == CL.CL_DEVICE_NOT_FOUND || (status == CL.CL_SUCCESS && count[0] == 0)) {
      return new cl_device_id[0];
    }
    cl_device_id[] devices = new cl_device_id[Math.clamp(count[0], 1, MAX_DEVICES)];
    if (status == CL.CL_SUCCESS) {
      status = CL.clGetDeviceIDs(platform, ALL_DEVICES, devices.length, devices, null);
    }
    if (status != CL.CL_SUCCESS) {
      LOG.log(
          Level.WARNING,
          "devices of OpenCL platform {0} cannot be listed: {1}",
          facts.name(),
          Status.name(status));
      return new cl_device_id[0];
    }
    return devices;
  }
}
