package io.quire.backend.nvidia.driver;

import io.quire.backend.nvidia.cuda.TensorShape;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A piece of device memory, and the tensor maps that describe matrices in it. */
final class Allocation extends CudaResource {
  private final long address;
  private final long bytes;
  private final Map<TensorShape, long[]> maps = new ConcurrentHashMap<>();

  Allocation(CudaDriver driver, long address, long bytes) {
    super(driver);
    this.address = address;
    this.bytes = bytes;
  }

  long address() {
    return address;
  }

  long bytes() {
    return bytes;
  }

  /** {@return the tensor map of a shape, made once} */
  long[] map(TensorShape shape) {
    return maps.computeIfAbsent(shape, this::encode);
  }

  private long[] encode(TensorShape shape) {
    long[] map = new long[TensorShape.WORDS];
    driver().guard.check(driver().cuda.encodeTensor(shape, map), "describing " + shape);
    return map;
  }

  @Override
  void release() {
    driver().cuda.free(address);
  }

  @Override
  public String toString() {
    return "a buffer of " + bytes + " bytes";
  }
}
