package io.quire.backend.nvidia.driver;

import io.quire.api.device.StagingBuffer;
import io.quire.gpu.driver.Ranges;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Pinned host memory. */
final class CudaStaging extends CudaResource implements StagingBuffer {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;

  @SuppressWarnings("restricted") // CUDA has just allocated so many bytes there
  CudaStaging(CudaDriver driver, long address, long bytes) {
    super(driver);
    segment = MemorySegment.ofAddress(address).reinterpret(bytes, arena, null);
  }

  /** {@return the address of a range, while it may be used} */
  long address(long from, long length) {
    requireOpen();
    Ranges.check("a staging buffer", segment.byteSize(), from, length);
    return segment.address() + from;
  }

  @Override
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    driver().close(this);
  }

  @Override
  void release() {
    long address = segment.address();
    arena.close();
    driver().cuda.freeHost(address);
  }

  @Override
  public String toString() {
    return "a staging buffer of " + segment.byteSize() + " bytes";
  }
}
