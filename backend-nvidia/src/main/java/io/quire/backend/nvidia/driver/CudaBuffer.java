package io.quire.backend.nvidia.driver;

import io.quire.api.device.DeviceBuffer;
import io.quire.gpu.driver.Ranges;
import java.util.Optional;

/** Device memory: an allocation, or a part of one that closes with the buffer it is a part of. */
final class CudaBuffer implements DeviceBuffer, Usable {
  private static final int ALIGNMENT = 256;

  private final Allocation allocation;
  private final Optional<CudaBuffer> parent;
  private final long offset;
  private final long bytes;
  private volatile boolean closed;

  CudaBuffer(Allocation allocation) {
    this(allocation, Optional.empty(), 0, allocation.bytes());
  }

  private CudaBuffer(Allocation allocation, Optional<CudaBuffer> parent, long offset, long bytes) {
    this.allocation = allocation;
    this.parent = parent;
    this.offset = offset;
    this.bytes = bytes;
  }

  CudaDriver driver() {
    return allocation.driver();
  }

  Allocation allocation() {
    return allocation;
  }

  /** {@return the address, while it may be used} */
  long address() {
    requireOpen();
    return allocation.address() + offset;
  }

  /** {@return the address of a range, while it may be used} */
  long address(long from, long length) {
    Ranges.check("a buffer", bytes, from, length);
    return address() + from;
  }

  @Override
  public void requireOpen() {
    if (closed) {
      throw new IllegalStateException("a buffer of " + bytes + " bytes is used after its close");
    }
    if (parent.isPresent()) {
      parent.get().requireOpen();
    } else {
      allocation.requireOpen();
    }
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
              + " bytes: it must have at least 1 byte and begin at a multiple of "
              + ALIGNMENT);
    }
    Ranges.check("a buffer", bytes, from, length);
    requireOpen();
    return new CudaBuffer(allocation, Optional.of(this), offset + from, length);
  }

  @Override
  public void close() {
    if (parent.isEmpty()) {
      driver().close(allocation);
    }
    closed = true;
  }
}
