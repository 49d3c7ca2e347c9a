package io.quire.backend.nvidia.fake;

import io.quire.backend.nvidia.cuda.Cuda;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The handles of {@link FakeCuda}. */
final class FakeHandles {
  private FakeHandles() {}

  record FakeContext(int device) implements Cuda.Context {}

  /** Runs at once what it is given, unless it is stalled or records. */
  static final class FakeStream implements Cuda.Stream {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private Optional<Thread> recorder = Optional.empty();
    private List<Runnable> recorded = new ArrayList<>();
    private boolean broken;

    synchronized void begin() {
      recorder = Optional.of(Thread.currentThread());
      recorded = new ArrayList<>();
      broken = false;
    }

    synchronized Optional<List<Runnable>> end() {
      recorder = Optional.empty();
      return broken ? Optional.empty() : Optional.of(recorded);
    }

    synchronized boolean recording() {
      return recorder.isPresent();
    }

    synchronized boolean recordedHere() {
      return recorder.filter(t -> t == Thread.currentThread()).isPresent();
    }

    synchronized void giveUp() {
      broken = true;
    }

    synchronized void add(Runnable work, boolean stalled) {
      if (recorder.isPresent()) {
        recorded.add(work);
      } else if (stalled) {
        waiting.add(work);
      } else {
        work.run();
      }
    }

    synchronized void goOn() {
      while (!waiting.isEmpty()) {
        waiting.poll().run();
      }
    }
  }

  /** A point in a stream. */
  static final class FakeEvent implements Cuda.Event {
    private volatile boolean reached;

    void expect() {
      reached = false;
    }

    void reach() {
      reached = true;
    }

    boolean reached() {
      return reached;
    }
  }

  /** A program. */
  static final class FakeModule implements Cuda.Module {
    private final FakeCode code;
    private final Map<String, Long> numbers;

    FakeModule(FakeCode code, Map<String, Long> numbers) {
      this.code = code;
      this.numbers = numbers;
    }

    FakeCode code() {
      return code;
    }

    Map<String, Long> numbers() {
      return numbers;
    }
  }

  /** A kernel and what was set of it. */
  static final class FakeFunction implements Cuda.Function {
    private final FakeCode code;
    private final String name;
    private final Map<Integer, Integer> attributes = new HashMap<>();

    FakeFunction(FakeCode code, String name) {
      this.code = code;
      this.name = name;
    }

    FakeCode code() {
      return code;
    }

    String name() {
      return name;
    }

    Map<Integer, Integer> attributes() {
      return attributes;
    }

    List<Integer> sizes() {
      return code.kernels().get(name);
    }
  }

  record FakeParameters(long address) implements Cuda.Parameters {}

  /** Recorded work. */
  static final class FakeGraph implements Cuda.Graph {
    private final List<Runnable> work;

    FakeGraph(List<Runnable> work) {
      this.work = work;
    }

    List<Runnable> work() {
      return work;
    }
  }

  /** Recorded work that can run. */
  static final class FakeExecutable implements Cuda.Executable {
    private final List<Runnable> work;

    FakeExecutable(List<Runnable> work) {
      this.work = work;
    }

    List<Runnable> work() {
      return work;
    }
  }
}
