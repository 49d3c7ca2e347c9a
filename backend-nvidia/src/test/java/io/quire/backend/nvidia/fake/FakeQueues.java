package io.quire.backend.nvidia.fake;

import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.fake.FakeHandles.FakeEvent;
import io.quire.backend.nvidia.fake.FakeHandles.FakeExecutable;
import io.quire.backend.nvidia.fake.FakeHandles.FakeGraph;
import io.quire.backend.nvidia.fake.FakeHandles.FakeStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Streams of {@link FakeCuda}, events in them, and work recorded from them. */
final class FakeQueues {
  private static final int CAPTURE_INVALIDATED = 901;

  private final FakeRules rules;
  private volatile boolean stalled;

  FakeQueues(FakeRules rules) {
    this.rules = rules;
  }

  void stall() {
    stalled = true;
  }

  void goOn() {
    stalled = false;
    rules.forEachStream(FakeStream::goOn);
  }

  /** Queues work, unless the function's call fails. */
  int add(String function, Cuda.Stream stream, Runnable work) {
    int status = rules.begin(function, true);
    if (status == CudaStatus.SUCCESS) {
      if (!rules.isOpen(stream)) {
        return FakeRules.INVALID_HANDLE;
      }
      ((FakeStream) stream).add(work, stalled);
    }
    return status;
  }

  int record(Cuda.Event event, Cuda.Stream stream) {
    if (((FakeStream) stream).recording()) {
      return FakeRules.CAPTURE_UNSUPPORTED;
    }
    FakeEvent point = (FakeEvent) event;
    point.expect();
    return add("record", stream, point::reach);
  }

  int query(Cuda.Event event) {
    int status = rules.begin("query", true);
    boolean waits = status == CudaStatus.SUCCESS && !((FakeEvent) event).reached();
    return waits ? CudaStatus.NOT_READY : status;
  }

  int beginCapture(Cuda.Stream stream) {
    int status = rules.begin("beginCapture", true);
    if (status == CudaStatus.SUCCESS) {
      ((FakeStream) stream).begin();
    }
    return status;
  }

  int endCapture(Cuda.Stream stream, Cuda.Out<Cuda.Graph> graph) {
    int status = rules.begin("endCapture", true);
    Optional<List<Runnable>> work = ((FakeStream) stream).end();
    if (status == CudaStatus.SUCCESS && work.isEmpty()) {
      return CAPTURE_INVALIDATED;
    }
    return rules.give(status, new FakeGraph(new ArrayList<>(work.orElse(List.of()))), graph);
  }

  int instantiate(Cuda.Graph graph, Cuda.Out<Cuda.Executable> executable) {
    List<Runnable> work = new ArrayList<>(((FakeGraph) graph).work());
    return rules.give(rules.begin("instantiate", true), new FakeExecutable(work), executable);
  }

  int replay(Cuda.Executable executable, Cuda.Stream stream) {
    if (!rules.isOpen(executable)) {
      return FakeRules.INVALID_HANDLE;
    }
    List<Runnable> work = ((FakeExecutable) executable).work();
    return add("replay", stream, () -> work.forEach(Runnable::run));
  }
}
