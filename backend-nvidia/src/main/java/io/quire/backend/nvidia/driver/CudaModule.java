package io.quire.backend.nvidia.driver;

import io.quire.api.device.DeviceException;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.gpu.program.SharedPrograms;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Set;

/** A program, and the memory in which its kernels keep their arguments. */
final class CudaModule extends CudaResource implements KernelModule {
  /** Local memory that a kernel may have without asking. */
  private static final int LOCAL_FREE = 48 << 10;

  private final String name;
  private final String source;
  private final Set<String> waits;
  private final SharedPrograms.Use<Program> use;
  private final Arena arguments = Arena.ofShared();

  CudaModule(CudaDriver driver, String name, String source, SharedPrograms.Use<Program> use) {
    super(driver);
    this.name = name;
    this.source = source;
    waits = TextNames.waits(source);
    this.use = use;
  }

  String name() {
    return name;
  }

  @Override
  public Kernel kernel(String entry) {
    driver().enter();
    try {
      requireOpen();
      return create(entry);
    } finally {
      driver().leave();
    }
  }

  private synchronized CudaKernel create(String entry) {
    Cuda.Out<Cuda.Function> function = new Cuda.Out<>();
    int status = driver().cuda.function(use.program().module(), entry, function);
    if (status == CudaStatus.NOT_FOUND) {
      throw new DeviceException(
          name
              + " has no kernel "
              + entry
              + "; it has "
              + String.join(", ", TextNames.kernels(source)));
    }
    String what = "kernel " + entry + " of " + name;
    driver().guard.check(status, "making " + what);
    driver().guard.check(driver().cuda.load(function.get()), "loading " + what);
    int local = exports().getOrDefault(entry + "_local", 0);
    if (local > LOCAL_FREE) {
      driver()
          .guard
          .check(
              driver().cuda.setAttribute(function.get(), Cuda.FUNCTION_LOCAL_MEMORY, local),
              "giving " + local + " bytes of local memory to " + what);
    }
    ArgumentBlock block = ArgumentBlock.of(driver(), function.get(), arguments, what);
    boolean overlap = driver().overlap && waits.contains(entry);
    return new CudaKernel(this, entry, function.get(), block, Math.max(local, LOCAL_FREE), overlap);
  }

  @Override
  public Map<String, Integer> exports() {
    return use.program().exports();
  }

  @Override
  public void close() {
    driver().close(this);
  }

  @Override
  void release() {
    arguments.close();
    use.unused().run();
  }

  @Override
  public String toString() {
    return "module " + name;
  }
}
