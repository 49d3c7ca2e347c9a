package io.quire.backend.amd.driver;

import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.backend.amd.opencl.Query;
import io.quire.gpu.driver.Resources;
import io.quire.gpu.program.SharedPrograms;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jocl.CL;
import org.jocl.cl_kernel;
import org.jocl.cl_program;

/** A program, and the kernels that were made from it. */
final class OpenClModule implements KernelModule, Resources.Resource {
  private final OpenClDriver driver;
  private final String name;
  private final SharedPrograms.Use<cl_program> use;
  private final List<OpenClKernel> kernels = new CopyOnWriteArrayList<>();
  private boolean freed;

  OpenClModule(OpenClDriver driver, String name, SharedPrograms.Use<cl_program> use) {
    this.driver = driver;
    this.name = name;
    this.use = use;
  }

  @Override
  public Kernel kernel(String entry) {
    driver.guard.enter();
    try {
      return create(entry);
    } finally {
      driver.guard.leave();
    }
  }

  private synchronized OpenClKernel create(String entry) {
    if (freed) {
      throw new IllegalStateException("module " + name + " is used after its close");
    }
    int[] status = new int[1];
    cl_kernel handle = CL.clCreateKernel(use.program(), entry, status);
    if (status[0] == CL.CL_INVALID_KERNEL_NAME) {
      throw new DeviceException(
          name + " has no kernel " + entry + "; it has " + names().replace(";", ", "));
    }
    driver.guard.check(status[0], "making kernel " + entry + " of " + name);
    OpenClKernel kernel = new OpenClKernel(driver, name, entry, handle);
    kernels.add(kernel);
    return kernel;
  }

  private String names() {
    return Query.text(
        (parameter, size, value, needed) ->
            CL.clGetProgramInfo(use.program(), parameter, size, value, needed),
        CL.CL_PROGRAM_KERNEL_NAMES);
  }

  /** OpenCL's kernels declare all their local memory, so there is nothing to be told. */
  @Override
  public Map<String, Integer> exports() {
    return Map.of();
  }

  @Override
  public void close() {
    driver.resources.close(this);
  }

  @Override
  public synchronized void free() {
    freed = true;
    kernels.forEach(OpenClKernel::free);
    kernels.clear();
    use.unused().run();
  }
}
