package io.quire.backend.nvidia.driver;

import io.quire.api.device.CommandQueue;
import io.quire.backend.nvidia.cuda.Cuda;

/** Recorded work: one call queues all of it. */
final class CudaGraph extends CudaResource implements CommandQueue.CapturedGraph {
  private final CudaQueue queue;
  private final Cuda.Stream stream;
  private final Cuda.Executable executable;
  private final Usable[] used;

  CudaGraph(CudaDriver driver, CudaQueue queue, Cuda.Stream stream, Recorder.Recorded recorded) {
    super(driver);
    this.queue = queue;
    this.stream = stream;
    executable = recorded.executable();
    used = recorded.used().toArray(Usable[]::new);
  }

  @Override
  public void replay() {
    driver().enter();
    try {
      requireOpen();
      queue.requireOpen();
      for (Usable each : used) {
        each.requireOpen();
      }
      int status = driver().cuda.launch(executable, stream);
      if (status != 0) {
        throw driver().guard.failure(status, "replaying " + this);
      }
    } finally {
      driver().leave();
    }
  }

  @Override
  public void close() {
    driver().close(this);
  }

  @Override
  void release() {
    driver().cuda.destroy(executable);
  }

  @Override
  public String toString() {
    return "a graph of recorded work";
  }
}
