package io.quire.backend.amd.driver;

import io.quire.api.device.DeviceException;
import io.quire.backend.amd.opencl.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/** Allocates, and keeps account of it: OpenCL cannot say what is free. */
final class Memory {
  /** AMD's own query: free memory in KiB, and the greatest free piece. */
  private static final int AMD_FREE_MEMORY = 0x4039;

  private static final Path HOST = Path.of("/proc/meminfo");

  private final OpenClDriver driver;
  private final AtomicLong allocated = new AtomicLong();

  Memory(OpenClDriver driver) {
    this.driver = driver;
  }

  /** {@return bytes that can be allocated, as far as can be known} */
  long free() {
    long left = Math.max(0, driver.info().memory() - allocated.get());
    if (driver.device.shared()) {
      return Math.min(left, hostAvailable());
    }
    return "amd".equals(driver.info().vendor()) ? Math.min(left, amdFree()) : left;
  }

  private long amdFree() {
    long[] kibibytes = new long[2];
    int status =
        CL.clGetDeviceInfo(
            driver.device.handle(), AMD_FREE_MEMORY, 16, Pointer.to(kibibytes), null);
    return status == CL.CL_SUCCESS ? kibibytes[0] << 10 : Long.MAX_VALUE;
  }

  private static long hostAvailable() {
    try {
      for (String line : Files.readAllLines(HOST)) {
        if (line.startsWith("MemAvailable:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    } catch (IOException | NumberFormatException expected) {
      // Another operating system, or an old one: only the device's total is known.
    }
    return Long.MAX_VALUE;
  }

  OpenClBuffer allocate(long bytes) {
    check(bytes, "a buffer");
    long free = free();
    if (bytes > free) {
      throw new DeviceException(
          "device "
              + driver.info().id()
              + " has "
              + free
              + " bytes free of "
              + driver.info().memory()
              + "; a buffer of "
              + bytes
              + " was asked for and not allocated");
    }
    cl_mem memory = create(CL.CL_MEM_READ_WRITE, bytes, "a buffer");
    place(memory, bytes);
    allocated.addAndGet(bytes);
    return driver.resources.keep(new OpenClBuffer(driver, memory, bytes));
  }

  OpenClStaging allocateStaging(long bytes) {
    check(bytes, "a staging buffer");
    cl_mem memory =
        create(CL.CL_MEM_READ_WRITE | CL.CL_MEM_ALLOC_HOST_PTR, bytes, "a staging buffer");
    try {
      return driver.resources.keep(OpenClStaging.map(driver, memory, bytes));
    } catch (RuntimeException e) {
      CL.clReleaseMemObject(memory);
      throw e;
    }
  }

  void release(cl_mem memory, long bytes) {
    CL.clReleaseMemObject(memory);
    allocated.addAndGet(-bytes);
  }

  private void check(long bytes, String what) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          what + " of " + bytes + " bytes is asked for; it must have at least 1");
    }
    if (bytes > driver.device.maxAllocation()) {
      throw new DeviceException(
          "device "
              + driver.info().id()
              + " allows at most "
              + driver.device.maxAllocation()
              + " bytes in one allocation, has "
              + free()
              + " bytes free; "
              + what
              + " of "
              + bytes
              + " was asked for and not allocated; use several");
    }
  }

  private cl_mem create(long flags, long bytes, String what) {
    int[] status = new int[1];
    cl_mem memory = CL.clCreateBuffer(driver.use().context, flags, bytes, null, status);
    if (status[0] != CL.CL_SUCCESS) {
      throw refused(status[0], what, bytes);
    }
    return memory;
  }

  /** Drivers allocate on first use. Placing the buffer now makes a lack of memory show now. */
  private void place(cl_mem memory, long bytes) {
    int status =
        CL.clEnqueueMigrateMemObjects(
            driver.use().service,
            1,
            new cl_mem[] {memory},
            CL.CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED,
            0,
            null,
            null);
    if (status == CL.CL_SUCCESS) {
      status = CL.clFinish(driver.use().service);
    }
    if (status != CL.CL_SUCCESS) {
      CL.clReleaseMemObject(memory);
      throw refused(status, "a buffer", bytes);
    }
  }

  private RuntimeException refused(int status, String what, long bytes) {
    String action = what + " of " + bytes + " bytes, with " + free() + " bytes free,";
    if (Status.doubtful(status) && CL.clFinish(driver.use().service) != CL.CL_SUCCESS) {
      return driver.guard.lose(action + " failed with " + Status.name(status));
    }
    return driver.guard.failure(status, action);
  }
}
