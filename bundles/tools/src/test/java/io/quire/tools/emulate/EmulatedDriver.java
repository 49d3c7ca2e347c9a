package io.quire.tools.emulate;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import io.quire.tools.target.Target;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;

/** A device that is not here: its code is made by the maker's compiler and run by an emulator. */
final class EmulatedDriver implements DeviceDriver {
  private static final long MEMORY = 1L << 30;

  private final Target target;
  private final Linker linker;
  private final Emulator emulator;
  private final SharedMemory memory;
  private final long address;

  /** Makes code objects. */
  @FunctionalInterface
  interface Linker {
    /**
     * Makes one.
     *
     * @param target the device
     * @param name for messages
     * @param macros what the text is compiled with
     * @param text the kernel text
     * @return the file
     */
    Path make(Target target, String name, Map<String, String> macros, String text);
  }

  /**
   * Takes an emulator.
   *
   * @param target the device
   * @param linker makes code objects
   * @param emulator is closed with this
   * @param file gets the device's memory
   */
  EmulatedDriver(Target target, Linker linker, Emulator emulator, Path file) throws IOException {
    this.target = target;
    this.linker = linker;
    this.emulator = emulator;
    memory = new SharedMemory(file, MEMORY);
    address = Long.parseLong(emulator.ask("map " + file));
  }

  boolean isLost() {
    return emulator.isLost();
  }

  /** {@return where a buffer lies in the emulator} */
  long address(DeviceBuffer buffer) {
    return address + ((SharedMemory.Piece) buffer).offset();
  }

  /** Runs a kernel to its end. */
  void launch(String image, String kernel, String geometry, String arguments) {
    String request = String.join(" ", image, kernel, target.prelude(), geometry, arguments);
    emulator.ask("launch " + request);
  }

  @Override
  public DeviceInfo info() {
    return target.info();
  }

  @Override
  public long freeMemory() {
    return memory.free();
  }

  @Override
  public DeviceBuffer allocate(long bytes) {
    return memory.allocate(bytes);
  }

  @Override
  public StagingBuffer allocateStaging(long bytes) {
    return new Staging(Arena.ofAuto().allocate(bytes, Long.BYTES));
  }

  @Override
  public KernelModule compile(String source, CompileOptions options) {
    Path object = linker.make(target, options.name(), options.definitions(), source);
    return new Module(this, emulator.ask("load " + object));
  }

  @Override
  public CommandQueue queue() {
    return new EmulatedQueue();
  }

  @Override
  public void close() {
    emulator.close();
    memory.close();
  }

  private record Module(EmulatedDriver driver, String image) implements KernelModule {
    @Override
    public Kernel kernel(String name) {
      return new EmulatedKernel(driver, image, name);
    }

    /** As with OpenCL, kernels declare all their local memory. */
    @Override
    public Map<String, Integer> exports() {
      return Map.of();
    }

    @Override
    public void close() {
      if (!driver.isLost()) {
        driver.emulator.ask("unload " + image);
      }
    }
  }

  /**
   * Memory of this process.
   *
   * @param segment the memory
   */
  record Staging(MemorySegment segment) implements StagingBuffer {
    @Override
    public void close() {
      // the garbage collector does it
    }
  }
}
