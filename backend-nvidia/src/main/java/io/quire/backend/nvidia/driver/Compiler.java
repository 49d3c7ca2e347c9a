package io.quire.backend.nvidia.driver;

import io.quire.api.device.KernelCompileException;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaStatus;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.ProgramKey;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Turns a text into a program: from kept machine code, or by NVRTC. */
final class Compiler {
  private static final Logger LOG = System.getLogger(Compiler.class.getName());
  private static final int MAX_LOG = 16_384;

  private final CudaDriver driver;
  private final Nvrtc nvrtc;
  private final BinaryCache cache;
  private final List<String> options;

  Compiler(CudaDriver driver, Nvrtc nvrtc, BinaryCache cache) {
    this.driver = driver;
    this.nvrtc = nvrtc;
    this.cache = cache;
    List<String> all = new ArrayList<>();
    all.add("--gpu-architecture=" + driver.device.target());
    all.addAll(List.of(driver.device.prelude().options().split(" ")));
    options = List.copyOf(all);
  }

  /** {@return what identifies a program: the target is among the options} */
  ProgramKey key(String text) {
    return ProgramKey.of("1", text, String.join(" ", options), "NVRTC " + nvrtc.version());
  }

  Program compile(ProgramKey key, String source, String text, String name) {
    Optional<Program> kept = cache.load(key).flatMap(code -> fromCode(code, source, name));
    return kept.orElseGet(() -> fromText(key, source, text, name));
  }

  private Optional<Program> fromCode(byte[] code, String source, String name) {
    Cuda.Out<Cuda.Module> module = new Cuda.Out<>();
    int status = driver.cuda.load(code, module);
    if (status == CudaStatus.SUCCESS) {
      return Optional.of(program(module.get(), source));
    }
    if (CudaStatus.lost(status)) {
      throw driver.guard.failure(status, "loading " + name);
    }
    LOG.log(
        Level.INFO,
        "device {0} refuses the kept machine code of {1} ({2}): it is compiled again",
        driver.info().id(),
        name,
        CudaStatus.name(status));
    return Optional.empty();
  }

  private Program fromText(ProgramKey key, String source, String text, String name) {
    Nvrtc.Outcome outcome = nvrtc.compile(text, name, options, Nvrtc.Output.MACHINE_CODE);
    if (!outcome.succeeded()) {
      String log = outcome.log();
      throw new KernelCompileException(
          name
              + " does not compile for device "
              + driver.info().id()
              + " ("
              + driver.device.target()
              + ", NVRTC "
              + nvrtc.version()
              + "):\n"
              + (log.length() > MAX_LOG ? log.substring(0, MAX_LOG) + "..." : log));
    }
    Cuda.Out<Cuda.Module> module = new Cuda.Out<>();
    driver.guard.check(
        driver.cuda.load(outcome.code(), module),
        "loading " + name + ", compiled by NVRTC " + nvrtc.version() + ",");
    cache.store(key, outcome.code());
    return program(module.get(), source);
  }

  private Program program(Cuda.Module module, String source) {
    try {
      return new Program(module, exports(module, source));
    } catch (RuntimeException e) {
      driver.cuda.unload(module);
      throw e;
    }
  }

  private Map<String, Integer> exports(Cuda.Module module, String source) {
    Map<String, Integer> exports = new TreeMap<>();
    long[] place = new long[2];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      for (String name : TextNames.exports(source)) {
        int status = driver.cuda.global(module, name, place);
        if (status != CudaStatus.NOT_FOUND) {
          driver.guard.check(status, "looking for the number " + name);
          driver.guard.check(
              driver.cuda.read(number.address(), place[0], Integer.BYTES),
              "reading the number " + name);
          exports.put(name, number.get(ValueLayout.JAVA_INT, 0));
        }
      }
    }
    return Map.copyOf(exports);
  }
}
