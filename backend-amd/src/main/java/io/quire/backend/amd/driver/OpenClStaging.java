package io.quire.backend.amd.driver;

import io.quire.api.device.StagingBuffer;
import io.quire.gpu.driver.Ranges;
import io.quire.gpu.driver.Resources;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jocl.CL;
import org.jocl.cl_mem;

/**
 * Host memory that the driver has pinned: a buffer with {@code CL_MEM_ALLOC_HOST_PTR}, mapped for
 * as long as it lives. Copies go from and to the mapped address, never to the buffer itself.
 */
final class OpenClStaging implements StagingBuffer, Resources.Resource {
  private final OpenClDriver driver;
  private final cl_mem memory;
  private final Arena arena;
  private final MemorySegment segment;

  private OpenClStaging(OpenClDriver driver, cl_mem memory, Arena arena, MemorySegment segment) {
    this.driver = driver;
    this.memory = memory;
    this.arena = arena;
    this.segment = segment;
  }

  @SuppressWarnings("restricted") // OpenCL says how many bytes are mapped
  static OpenClStaging map(OpenClDriver driver, cl_mem memory, long bytes) {
    long address;
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment status = scratch.allocate(ValueLayout.JAVA_INT);
      address =
          driver
              .library
              .map()
              .call(
                  driver.use().service.getNativePointer(),
                  memory.getNativePointer(),
                  1,
                  CL.CL_MAP_READ | CL.CL_MAP_WRITE,
                  0,
                  bytes,
                  0,
                  0,
                  0,
                  status);
      driver.guard.check(
          status.get(ValueLayout.JAVA_INT, 0), "mapping a staging buffer of " + bytes + " bytes");
    }
    Arena arena = Arena.ofShared();
    return new OpenClStaging(
        driver, memory, arena, MemorySegment.ofAddress(address).reinterpret(bytes, arena, null));
  }

  OpenClDriver driver() {
    return driver;
  }

  /** {@return the address of a range, for as long as the buffer is open} */
  long address(long from, long length) {
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException(
          "a staging buffer of " + segment.byteSize() + " bytes is used after its close");
    }
    Ranges.check("a staging buffer", segment.byteSize(), from, length);
    return segment.address() + from;
  }

  @Override
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    driver.resources.close(this);
  }

  @Override
  public void free() {
    driver.finishQueues();
    long address = segment.address();
    arena.close();
    driver
        .library
        .unmap()
        .call(driver.use().service.getNativePointer(), memory.getNativePointer(), address, 0, 0, 0);
    CL.clFinish(driver.use().service);
    CL.clReleaseMemObject(memory);
  }
}
