package io.quire.backend.nvidia.driver;

import io.quire.backend.nvidia.cuda.Cuda;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Records work of a stream. The caller is inside the guard, on the thread that queues the work. */
final class Recorder {
  private final CudaDriver driver;
  private final Cuda.Stream stream;
  private final Set<Usable> used = new LinkedHashSet<>();
  private boolean active;

  /**
   * What was recorded.
   *
   * @param executable ready to run
   * @param used what it refers to
   */
  record Recorded(Cuda.Executable executable, List<Usable> used) {}

  Recorder(CudaDriver driver, Cuda.Stream stream) {
    this.driver = driver;
    this.stream = stream;
  }

  /** {@return whether work is being recorded} */
  boolean active() {
    return active;
  }

  /** Remembers what a launch refers to, if it is recorded. */
  void note(CudaKernel kernel) {
    if (active) {
      kernel.visit(used::add);
    }
  }

  /** Remembers what a copy refers to, if it is recorded. */
  void note(Usable one, Usable other) {
    if (active) {
      used.add(one);
      used.add(other);
    }
  }

  Recorded record(Runnable work) {
    if (active) {
      throw new IllegalStateException("work is recorded while other work is");
    }
    driver.guard.check(driver.cuda.beginCapture(stream), "beginning to record work");
    active = true;
    Cuda.Out<Cuda.Graph> graph = new Cuda.Out<>();
    int status = 0;
    boolean done = false;
    try {
      work.run();
      done = true;
    } finally {
      active = false;
      status = driver.cuda.endCapture(stream, graph);
      if (!done && status == 0) {
        driver.cuda.destroy(graph.get());
      }
    }
    try {
      driver.guard.check(status, "recording work");
      return new Recorded(instantiate(graph.get()), List.copyOf(used));
    } finally {
      used.clear();
    }
  }

  private Cuda.Executable instantiate(Cuda.Graph graph) {
    try {
      Cuda.Out<Cuda.Executable> executable = new Cuda.Out<>();
      driver.guard.check(
          driver.cuda.instantiate(graph, executable), "making a graph of recorded work");
      int status = driver.cuda.prepare(executable.get(), stream);
      if (status != 0) {
        driver.cuda.destroy(executable.get());
        driver.guard.check(status, "uploading a graph of recorded work");
      }
      return executable.get();
    } finally {
      driver.cuda.destroy(graph);
    }
  }
}
