package io.quire.backend.nvidia.fake;

import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.fake.FakeHandles.FakeStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * What holds for every call of {@link FakeCuda}: a current context on the calling thread, nothing
 * unsafe while work is recorded, errors that are asked for or stay, handles that are given back.
 */
final class FakeRules {
  static final int ILLEGAL_ADDRESS = 700;
  static final int CAPTURE_UNSUPPORTED = 900;
  static final int INVALID_HANDLE = 400;
  private static final int INVALID_CONTEXT = 201;

  private final ThreadLocal<Cuda.Context> current = new ThreadLocal<>();
  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private final Map<String, Integer> calls = new ConcurrentHashMap<>();
  private final Set<Object> open = ConcurrentHashMap.newKeySet();
  private volatile int sticky;

  void failNext(String function, int code) {
    failures.put(function, code);
  }

  void poison(int code) {
    sticky = code;
  }

  int calls(String function) {
    return calls.getOrDefault(function, 0);
  }

  void setCurrent(Cuda.Context context) {
    current.set(context);
  }

  /** What a call begins with: errors that were asked for, and the rules of every function. */
  int begin(String function, boolean needsContext) {
    calls.merge(function, 1, Integer::sum);
    Integer failure = failures.remove(function);
    if (failure != null) {
      return failure;
    }
    if (sticky != 0) {
      return sticky;
    }
    return needsContext && current.get() == null ? INVALID_CONTEXT : CudaStatus.SUCCESS;
  }

  /** A function that CUDA forbids on a thread that records. */
  int beginUnsafe(String function) {
    int status = begin(function, true);
    for (Object each : open) {
      if (each instanceof FakeStream stream && stream.recordedHere()) {
        stream.giveUp();
        return CAPTURE_UNSUPPORTED;
      }
    }
    return status;
  }

  <T> int give(int status, T handle, Cuda.Out<? super T> out) {
    if (status == CudaStatus.SUCCESS) {
      open.add(handle);
      out.set(handle);
    }
    return status;
  }

  int take(int status, Object handle) {
    return open.remove(handle) ? status : INVALID_HANDLE;
  }

  boolean isOpen(Object handle) {
    return open.contains(handle);
  }

  void forEachStream(Consumer<FakeStream> action) {
    open.stream().filter(FakeStream.class::isInstance).forEach(s -> action.accept((FakeStream) s));
  }

  /** {@return how many handles of each kind have not been given back} */
  Map<String, Integer> leftovers() {
    Map<String, Integer> left = new HashMap<>();
    open.forEach(handle -> left.merge(handle.getClass().getSimpleName(), 1, Integer::sum));
    return left;
  }
}
