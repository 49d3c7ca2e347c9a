package io.quire.backend.amd.driver;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.backend.amd.opencl.Status;
import io.quire.gpu.driver.Ranges;
import io.quire.gpu.driver.Resources;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_buffer_region;
import org.jocl.cl_mem;

/**
 * Device memory. A slice is a sub-buffer of its root; the runtime itself keeps memory until the
 * commands that use it have ended.
 */
final class OpenClBuffer implements DeviceBuffer, Resources.Resource {
  private static final int ALIGNMENT = 256;

  private final OpenClDriver driver;
  private final cl_mem memory;
  private final Pointer pointer;
  private final Optional<OpenClBuffer> parent;
  private final long offset;
  private final long bytes;
  private final Set<OpenClBuffer> slices = ConcurrentHashMap.newKeySet();
  private volatile boolean freed;

  OpenClBuffer(OpenClDriver driver, cl_mem memory, long bytes) {
    this(driver, memory, Optional.empty(), 0, bytes);
  }

  private OpenClBuffer(
      OpenClDriver driver, cl_mem memory, Optional<OpenClBuffer> parent, long offset, long bytes) {
    this.driver = driver;
    this.memory = memory;
    this.parent = parent;
    this.offset = offset;
    this.bytes = bytes;
    pointer = Pointer.to(memory);
  }

  OpenClDriver driver() {
    return driver;
  }

  /** {@return the handle, while it may be used} */
  cl_mem handle() {
    if (freed) {
      throw new IllegalStateException("a buffer of " + bytes + " bytes is used after its close");
    }
    return memory;
  }

  /** {@return where the handle lies, as arguments of kernels are passed} */
  Pointer pointer() {
    return pointer;
  }

  /** Checks that a range lies within. */
  void check(long from, long length) {
    Ranges.check("a buffer", bytes, from, length);
  }

  /** {@return whether as many bytes, here and there, share memory} */
  boolean overlaps(OpenClBuffer other, long from, long otherFrom, long length) {
    return root() == other.root()
        && Math.abs((offset + from) - (other.offset + otherFrom)) < length;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public DeviceBuffer slice(long from, long length) {
    if (from % ALIGNMENT != 0 || length <= 0) {
      throw new IllegalArgumentException(
          "a slice from "
              + from
              + " with "
              + length
              + " bytes: it must have at least 1 byte and"
              + " begin at a multiple of "
              + ALIGNMENT);
    }
    check(from, length);
    driver.guard.enter();
    try {
      handle();
      return keepSlice(offset + from, length);
    } finally {
      driver.guard.leave();
    }
  }

  private OpenClBuffer keepSlice(long from, long length) {
    OpenClBuffer slice =
        new OpenClBuffer(driver, root().subBuffer(from, length), Optional.of(this), from, length);
    slices.add(slice);
    return driver.resources.keep(slice);
  }

  private OpenClBuffer root() {
    return parent.map(OpenClBuffer::root).orElse(this);
  }

  /** A sub-buffer of a sub-buffer is not allowed, so all are taken from the root. */
  private cl_mem subBuffer(long from, long length) {
    int[] status = new int[1];
    cl_mem part =
        CL.clCreateSubBuffer(
            handle(),
            0,
            CL.CL_BUFFER_CREATE_TYPE_REGION,
            new cl_buffer_region(from, length),
            status);
    if (status[0] == CL.CL_MISALIGNED_SUB_BUFFER_OFFSET) {
      throw new DeviceException(
          "device "
              + driver.info().id()
              + " cannot slice a buffer at "
              + from
              + ": it wants a greater alignment ("
              + Status.name(status[0])
              + ")");
    }
    driver.guard.check(status[0], "a slice of " + length + " bytes from " + from);
    return part;
  }

  @Override
  public void close() {
    driver.resources.close(this);
  }

  @Override
  public void free() {
    freed = true;
    Set.copyOf(slices).forEach(driver.resources::free);
    if (parent.isPresent()) {
      parent.get().slices.remove(this);
      CL.clReleaseMemObject(memory);
    } else {
      driver.memory.release(memory, bytes);
    }
  }
}
