package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import io.quire.api.device.LaunchGeometry;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** A queue that works at once, or as late as it can, and captures as devices do. */
final class FakeQueue implements CommandQueue {
  private final FakeDriver driver;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private long queued;
  private Optional<Graph> capturing = Optional.empty();

  FakeQueue(FakeDriver driver) {
    this.driver = driver;
  }

  private void add(Runnable work) {
    driver.require();
    if (capturing.isPresent()) {
      capturing.get().work.add(work);
      return;
    }
    queued++;
    waiting.add(work);
    if (!driver.late) {
      run(queued);
    }
  }

  /** Works until so much of what was ever queued is done. */
  private void run(long until) {
    while (queued - waiting.size() < until) {
      waiting.removeFirst().run();
    }
  }

  @Override
  public void launch(Kernel kernel, LaunchGeometry geometry) {
    add(((FakeDriver.FakeKernel) kernel).launch());
  }

  @Override
  public void upload(
      StagingBuffer source, long sourceOffset, DeviceBuffer target, long at, long bytes) {
    move((FakeDriver.Memory) source, sourceOffset, (FakeDriver.Memory) target, at, bytes);
  }

  @Override
  public void download(
      DeviceBuffer source, long at, StagingBuffer target, long targetOffset, long bytes) {
    move((FakeDriver.Memory) source, at, (FakeDriver.Memory) target, targetOffset, bytes);
  }

  @Override
  public void copy(
      DeviceBuffer source, long sourceOffset, DeviceBuffer target, long at, long bytes) {
    move((FakeDriver.Memory) source, sourceOffset, (FakeDriver.Memory) target, at, bytes);
  }

  private void move(
      FakeDriver.Memory source, long from, FakeDriver.Memory target, long to, long bytes) {
    add(() -> MemorySegment.copy(source.use(), from, target.use(), to, bytes));
  }

  @Override
  public void fill(DeviceBuffer target, long offset, long bytes, byte value) {
    add(() -> ((FakeDriver.Memory) target).use().asSlice(offset, bytes).fill(value));
  }

  @Override
  public Fence fence() {
    driver.require();
    if (capturing.isPresent()) {
      throw new IllegalStateException("a fence within a capture");
    }
    long until = queued;
    return new Fence() {
      @Override
      public boolean reached() {
        return queued - waiting.size() >= until;
      }

      @Override
      public boolean await(long limit) {
        driver.require();
        run(until);
        return true;
      }
    };
  }

  @Override
  public Optional<CapturedGraph> capture(Runnable work) {
    driver.require();
    if (driver.captureFailure.isPresent()) {
      throw driver.captureFailure.get();
    }
    if (driver.captured.size() >= driver.captures) {
      return Optional.empty();
    }
    Graph graph = driver.keep(new Graph());
    capturing = Optional.of(graph);
    work.run();
    capturing = Optional.empty();
    driver.captured.add(graph);
    return Optional.of(graph);
  }

  @Override
  public void close() {
    if (!driver.open.remove(this)) {
      throw new IllegalStateException("closed twice");
    }
  }

  /** Work with the arguments that it had when it was captured. */
  final class Graph implements CapturedGraph {
    private final List<Runnable> work = new ArrayList<>();
    private int running;

    @Override
    public void replay() {
      if (!driver.open.contains(this)) {
        throw new IllegalStateException("a graph is replayed after its close");
      }
      driver.replayed.add(this);
      running++;
      work.forEach(FakeQueue.this::add);
      add(() -> running--);
    }

    @Override
    public void close() {
      if (running > 0) {
        throw new IllegalStateException("a graph is closed while it runs");
      }
      if (!driver.open.remove(this)) {
        throw new IllegalStateException("closed twice");
      }
    }
  }
}
