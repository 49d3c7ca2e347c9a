package io.quire.backend.nvidia.driver;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.TensorShape;
import io.quire.gpu.driver.Ranges;
import java.util.function.Consumer;

/** A kernel. Its launches allocate nothing. */
final class CudaKernel implements Kernel, Usable {
  private static final int ELEMENT_BYTES = 2;
  private static final int MAX_BOX_ROWS = 256;
  private static final int TENSOR_ALIGNMENT = 16;

  private final CudaModule module;
  private final String name;
  private final Cuda.Function function;
  private final ArgumentBlock arguments;
  private final CudaBuffer[] buffers;
  private final int localLimit;
  private final boolean overlap;

  /**
   * Takes a kernel.
   *
   * @param localLimit bytes of local memory that a launch may ask for
   * @param overlap whether it may begin before the kernel in front of it has ended
   */
  CudaKernel(
      CudaModule module,
      String name,
      Cuda.Function function,
      ArgumentBlock arguments,
      int localLimit,
      boolean overlap) {
    this.module = module;
    this.name = name;
    this.function = function;
    this.arguments = arguments;
    this.localLimit = localLimit;
    this.overlap = overlap;
    buffers = new CudaBuffer[arguments.count()];
  }

  CudaDriver driver() {
    return module.driver();
  }

  @Override
  public String name() {
    return name;
  }

  private void enter() {
    driver().guard.enter();
    try {
      module.requireOpen();
    } catch (IllegalStateException e) {
      driver().guard.leave();
      throw e;
    }
  }

  @Override
  public void setBuffer(int index, DeviceBuffer value) {
    CudaBuffer buffer = driver().own(value);
    enter();
    try {
      arguments.setLong(index, buffer.address());
      buffers[index] = buffer;
    } finally {
      driver().leave();
    }
  }

  @Override
  public void setInt(int index, int value) {
    enter();
    try {
      arguments.setInt(index, value);
    } finally {
      driver().leave();
    }
  }

  @Override
  public void setLong(int index, long value) {
    enter();
    try {
      arguments.setLong(index, value);
    } finally {
      driver().leave();
    }
  }

  @Override
  public void setFloat(int index, float value) {
    enter();
    try {
      arguments.setFloat(index, value);
    } finally {
      driver().leave();
    }
  }

  /** A text that was compiled without the copy engine takes the address alone. */
  @Override
  public void setTensor(int index, TensorView value) {
    if (!arguments.isMap(index)) {
      setBuffer(index, value.buffer());
      return;
    }
    CudaBuffer buffer = driver().own(value.buffer());
    TensorShape shape = shape(buffer, value);
    driver().enter();
    try {
      module.requireOpen();
      arguments.setMap(index, buffer.allocation().map(shape));
      buffers[index] = buffer;
    } finally {
      driver().leave();
    }
  }

  private TensorShape shape(CudaBuffer buffer, TensorView view) {
    long stride = Math.multiplyExact(view.rowStride(), (long) view.elementBytes());
    if (view.elementBytes() != ELEMENT_BYTES
        || view.rows() < 1
        || view.columns() < 1
        || view.boxRows() < 1
        || view.boxRows() > MAX_BOX_ROWS
        || stride % TENSOR_ALIGNMENT != 0) {
      throw new DeviceException(
          this
              + ": no copy engine takes "
              + view
              + "; elements have 2 bytes, rows begin at multiples of 16 bytes, boxes have 1 to 256"
              + " rows");
    }
    long last = Math.multiplyExact(view.rows() - 1, stride);
    Ranges.check(
        "a buffer", buffer.bytes(), 0, Math.addExact(last, view.columns() * ELEMENT_BYTES));
    return new TensorShape(buffer.address(), view.rows(), view.columns(), stride, view.boxRows());
  }

  @Override
  public void requireOpen() {
    module.requireOpen();
    for (CudaBuffer buffer : buffers) {
      if (buffer != null) {
        buffer.requireOpen();
      }
    }
  }

  /** Names what a launch refers to. */
  void visit(Consumer<Usable> visitor) {
    visitor.accept(module);
    for (CudaBuffer buffer : buffers) {
      if (buffer != null) {
        visitor.accept(buffer);
      }
    }
  }

  /** Launches; the caller is inside the guard. */
  void launch(Cuda.Stream stream, LaunchGeometry geometry) {
    requireOpen();
    arguments.requireAll();
    if (geometry.groupsX() < 1
        || geometry.groupsY() < 1
        || geometry.groupsZ() < 1
        || geometry.groupSize() < 1) {
      throw new DeviceException(
          "launching " + this + " as " + geometry + ": there must be at least 1 of everything");
    }
    if (geometry.localBytes() > localLimit) {
      throw new DeviceException(
          "launching "
              + this
              + " with "
              + geometry.localBytes()
              + " bytes of local memory: its text exports what it needs, and so it may have "
              + localLimit);
    }
    int status =
        driver()
            .cuda
            .launch(
                function,
                geometry.groupsX(),
                geometry.groupsY(),
                geometry.groupsZ(),
                geometry.groupSize(),
                geometry.localBytes(),
                stream,
                arguments.parameters(),
                overlap);
    if (status != 0) {
      throw driver().guard.failure(status, "launching " + this + " as " + geometry);
    }
  }

  @Override
  public String toString() {
    return "kernel " + name + " of " + module.name();
  }
}
