package io.quire.backend.amd.driver;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.amd.opencl.Query;
import io.quire.backend.amd.opencl.Status;
import java.util.BitSet;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_kernel;

/** A kernel. Its launches reuse what it allocated when it was made. */
final class OpenClKernel implements Kernel {
  private static final int DIMENSIONS = 3;

  private final OpenClDriver driver;
  private final String module;
  private final String name;
  private final cl_kernel handle;
  private final BitSet set = new BitSet();
  private final OpenClBuffer[] buffers;
  private final long[] global = new long[DIMENSIONS];
  private final long[] local = {1, 1, 1};
  private final int[] intValue = new int[1];
  private final Pointer intPointer = Pointer.to(intValue);
  private final long[] longValue = new long[1];
  private final Pointer longPointer = Pointer.to(longValue);
  private final float[] floatValue = new float[1];
  private final Pointer floatPointer = Pointer.to(floatValue);
  private volatile boolean freed;

  OpenClKernel(OpenClDriver driver, String module, String name, cl_kernel handle) {
    this.driver = driver;
    this.module = module;
    this.name = name;
    this.handle = handle;
    long count =
        Query.number(
            (parameter, size, value, needed) ->
                CL.clGetKernelInfo(handle, parameter, size, value, needed),
            CL.CL_KERNEL_NUM_ARGS,
            0);
    buffers = new OpenClBuffer[(int) count];
  }

  OpenClDriver driver() {
    return driver;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void setBuffer(int index, DeviceBuffer value) {
    OpenClBuffer buffer = driver.own(value);
    driver.guard.enter();
    try {
      buffer.handle();
      set(index, Sizeof.cl_mem, buffer.pointer(), "a buffer");
      buffers[index] = buffer;
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public void setTensor(int index, TensorView value) {
    setBuffer(index, value.buffer());
  }

  @Override
  public void setInt(int index, int value) {
    driver.guard.enter();
    try {
      intValue[0] = value;
      set(index, Integer.BYTES, intPointer, "an int");
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public void setLong(int index, long value) {
    driver.guard.enter();
    try {
      longValue[0] = value;
      set(index, Long.BYTES, longPointer, "a long");
    } finally {
      driver.guard.leave();
    }
  }

  @Override
  public void setFloat(int index, float value) {
    driver.guard.enter();
    try {
      floatValue[0] = value;
      set(index, Float.BYTES, floatPointer, "a float");
    } finally {
      driver.guard.leave();
    }
  }

  private void set(int index, long bytes, Pointer value, String what) {
    open();
    if (index < 0 || index >= buffers.length) {
      throw new DeviceException(
          this + " takes " + buffers.length + " arguments; there is no argument " + index);
    }
    int status = CL.clSetKernelArg(handle, index, bytes, value);
    if (status != CL.CL_SUCCESS) {
      throw driver.guard.failure(
          status, "giving " + what + " to " + this + " as argument " + index);
    }
    set.set(index);
  }

  private void open() {
    if (freed) {
      throw new IllegalStateException(this + " is used after its module's close");
    }
  }

  /** Launches; the caller is inside the guard. */
  void launch(cl_command_queue queue, LaunchGeometry geometry) {
    open();
    checkArguments();
    checkGeometry(geometry);
    global[0] = (long) geometry.groupsX() * geometry.groupSize();
    global[1] = geometry.groupsY();
    global[2] = geometry.groupsZ();
    local[0] = geometry.groupSize();
    int status =
        CL.clEnqueueNDRangeKernel(queue, handle, DIMENSIONS, null, global, local, 0, null, null);
    if (status == CL.CL_SUCCESS) {
      return;
    }
    String action = "launching " + this + " as " + geometry;
    // A launch that is too big is refused with the code that a device in ruins has, too.
    if (Status.doubtful(status) && CL.clFinish(queue) != CL.CL_SUCCESS) {
      throw driver.guard.lose(action + " failed with " + Status.name(status));
    }
    throw driver.guard.failure(status, action);
  }

  private void checkArguments() {
    int missing = set.nextClearBit(0);
    if (missing < buffers.length) {
      throw new DeviceException(
          this
              + " takes "
              + buffers.length
              + " arguments; argument "
              + missing
              + " has not been given");
    }
    for (OpenClBuffer buffer : buffers) {
      if (buffer != null) {
        buffer.handle(); // Throws if it is closed.
      }
    }
  }

  private void checkGeometry(LaunchGeometry geometry) {
    if (geometry.groupsX() < 1
        || geometry.groupsY() < 1
        || geometry.groupsZ() < 1
        || geometry.groupSize() < 1) {
      throw new DeviceException(
          "launching " + this + " as " + geometry + ": there must be at least 1 of everything");
    }
    if (geometry.localBytes() != 0) {
      throw new DeviceException(
          "launching "
              + this
              + " with "
              + geometry.localBytes()
              + " more bytes of local memory: in OpenCL a text declares all it needs");
    }
  }

  void free() {
    freed = true;
    CL.clReleaseKernel(handle);
  }

  @Override
  public String toString() {
    return "kernel " + name + " of " + module;
  }
}
