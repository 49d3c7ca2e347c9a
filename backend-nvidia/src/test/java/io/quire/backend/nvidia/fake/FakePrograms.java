package io.quire.backend.nvidia.fake;

import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.fake.FakeHandles.FakeFunction;
import io.quire.backend.nvidia.fake.FakeHandles.FakeModule;
import io.quire.backend.nvidia.fake.FakeHandles.FakeParameters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Modules of {@link FakeCuda}, their kernels, and what a launch of one does. */
final class FakePrograms {
  private static final int INVALID_IMAGE = 200;

  private final FakeRules rules;
  private final FakeMemory memory;
  private final List<FakeLaunch> launches = new ArrayList<>();

  FakePrograms(FakeRules rules, FakeMemory memory) {
    this.rules = rules;
    this.memory = memory;
  }

  /** {@return the launches that have run} */
  synchronized List<FakeLaunch> launches() {
    return List.copyOf(launches);
  }

  int load(byte[] code, Cuda.Out<Cuda.Module> module) {
    int status = rules.beginUnsafe("load");
    Optional<FakeCode> parsed = FakeCode.parse(code);
    if (status != CudaStatus.SUCCESS || parsed.isEmpty()) {
      return status == CudaStatus.SUCCESS ? INVALID_IMAGE : status;
    }
    Map<String, Long> numbers = new HashMap<>();
    parsed
        .get()
        .numbers()
        .forEach((name, value) -> {
          long address = memory.allocate(Integer.BYTES);
          memory.at(address, Integer.BYTES).orElseThrow().set(ValueLayout.JAVA_INT, 0, value);
          numbers.put(name, address);
        });
    return rules.give(status, new FakeModule(parsed.get(), numbers), module);
  }

  int unload(Cuda.Module module) {
    ((FakeModule) module).numbers().values().forEach(memory::free);
    return rules.take(rules.begin("unload", true), module);
  }

  int function(Cuda.Module module, String name, Cuda.Out<Cuda.Function> function) {
    int status = rules.begin("function", true);
    FakeCode code = ((FakeModule) module).code();
    if (status == CudaStatus.SUCCESS && !code.kernels().containsKey(name)) {
      return CudaStatus.NOT_FOUND;
    }
    function.set(new FakeFunction(code, name));
    return status;
  }

  int global(Cuda.Module module, String name, long[] addressAndBytes) {
    int status = rules.begin("global", true);
    Long address = ((FakeModule) module).numbers().get(name);
    if (status == CudaStatus.SUCCESS && address == null) {
      return CudaStatus.NOT_FOUND;
    }
    addressAndBytes[0] = address == null ? 0 : address;
    addressAndBytes[1] = Integer.BYTES;
    return status;
  }

  int parameter(Cuda.Function function, int index, long[] offsetAndBytes) {
    int status = rules.begin("parameter", true);
    List<Integer> sizes = ((FakeFunction) function).sizes();
    if (status == CudaStatus.SUCCESS && index >= sizes.size()) {
      return CudaStatus.INVALID_VALUE;
    }
    offsetAndBytes[1] = sizes.get(index);
    return status;
  }

  int setAttribute(Cuda.Function function, int attribute, int value) {
    ((FakeFunction) function).attributes().put(attribute, value);
    return rules.begin("setAttribute", true);
  }

  /** {@return copies of a kernel's arguments: CUDA copies the values when it is called} */
  @SuppressWarnings("restricted") // as CUDA reads them
  static List<MemorySegment> values(FakeFunction kernel, Cuda.Parameters parameters) {
    List<Integer> sizes = kernel.sizes();
    MemorySegment pointers =
        MemorySegment.ofAddress(((FakeParameters) parameters).address())
            .reinterpret(sizes.size() * (long) Long.BYTES);
    List<MemorySegment> values = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      MemorySegment value =
          MemorySegment.ofAddress(pointers.getAtIndex(ValueLayout.JAVA_LONG, i))
              .reinterpret(sizes.get(i));
      values.add(Arena.ofAuto().allocate(sizes.get(i), Long.BYTES).copyFrom(value));
    }
    return values;
  }

  /** Does what a kernel does whose meaning is known. */
  void run(FakeLaunch launch) {
    synchronized (this) {
      launches.add(launch);
    }
    if (!"add".equals(launch.kernel())) {
      return;
    }
    int count = launch.intAt(2);
    int factor = Integer.parseInt(launch.macros().get("FACTOR"));
    Optional<MemorySegment> values = memory.at(launch.longAt(0), count * (long) Integer.BYTES);
    if (values.isEmpty()) {
      rules.poison(FakeRules.ILLEGAL_ADDRESS);
      return;
    }
    for (int i = 0; i < count; i++) {
      int old = values.get().getAtIndex(ValueLayout.JAVA_INT, i);
      values.get().setAtIndex(ValueLayout.JAVA_INT, i, old + launch.intAt(1) * factor);
    }
  }
}
