package io.quire.backend.nvidia.driver;

import io.quire.api.device.DeviceException;
import io.quire.backend.nvidia.cuda.CudaStatus;

/** Allocates. The caller is inside the guard. */
final class Memory {
  private final CudaDriver driver;

  Memory(CudaDriver driver) {
    this.driver = driver;
  }

  /** {@return bytes that can be allocated now} */
  long free() {
    long[] freeAndTotal = new long[2];
    driver.guard.check(driver.cuda.memory(freeAndTotal), "asking for free memory");
    return freeAndTotal[0];
  }

  CudaBuffer allocate(long bytes) {
    require(bytes, "a buffer");
    long free = free();
    long[] address = new long[1];
    int status = bytes > free ? CudaStatus.OUT_OF_MEMORY : driver.cuda.allocate(bytes, address);
    if (status == CudaStatus.OUT_OF_MEMORY) {
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
    driver.guard.check(status, "a buffer of " + bytes + " bytes, with " + free + " bytes free,");
    return new CudaBuffer(driver.resources.keep(new Allocation(driver, address[0], bytes)));
  }

  CudaStaging allocateStaging(long bytes) {
    require(bytes, "a staging buffer");
    long[] address = new long[1];
    int status = driver.cuda.allocateHost(bytes, address);
    if (status != CudaStatus.SUCCESS) {
      throw driver.guard.failure(
          status,
          "pinning "
              + bytes
              + " bytes of the host's memory (the device itself has "
              + free()
              + " bytes free)");
    }
    return driver.resources.keep(new CudaStaging(driver, address[0], bytes));
  }

  private static void require(long bytes, String what) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          what + " of " + bytes + " bytes is asked for; it must have at least 1");
    }
  }
}
