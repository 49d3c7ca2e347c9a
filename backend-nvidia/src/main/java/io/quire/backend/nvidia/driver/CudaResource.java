package io.quire.backend.nvidia.driver;

import io.quire.gpu.driver.Resources;

/** Something of CUDA that is freed once, when nothing queued uses it any more. */
abstract class CudaResource implements Resources.Resource, Usable {
  private final CudaDriver driver;
  private volatile boolean freed;

  CudaResource(CudaDriver driver) {
    this.driver = driver;
  }

  final CudaDriver driver() {
    return driver;
  }

  @Override
  public final void requireOpen() {
    if (freed) {
      throw new IllegalStateException(this + " is used after its close");
    }
  }

  @Override
  public final void free() {
    freed = true;
    driver.whenIdle(this::release);
  }

  /** Gives it back to CUDA. What CUDA answers is of no use to anybody. */
  abstract void release();
}
