package io.quire.gpu.kernel;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.KernelModule;
import io.quire.api.kernel.Expression;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A kernel text compiled for one shape on one device. It can be bound to several sets of arguments,
 * say one for every layer of a model. Bind and close from one thread; building is possible from
 * several.
 */
public final class KernelProgram implements AutoCloseable {
  private final ResolvedHeader header;
  private final KernelModule module;

  private KernelProgram(ResolvedHeader header, KernelModule module) {
    this.header = header;
    this.module = module;
  }

  /**
   * Computes what a header asks for and compiles the text.
   *
   * @param driver the device
   * @param source the kernel
   * @param dtype the type that it was asked for, such as {@code bf16} or {@code q4_1}
   * @param shape the operation's compile-time numbers; {@code ELEM_FP16}, if missing, is 1 for
   *     dtype {@code f16} and 0 for all others
   * @param tunables chosen values; those that are missing take their defaults
   * @return the program
   * @throws KernelNotServedException if a {@code @require} does not hold, or a group is greater
   *     than the device allows
   * @throws io.quire.api.device.KernelCompileException if the text does not compile
   * @throws DeviceException if the header uses a name or number that is not there
   */
  public static KernelProgram build(
      DeviceDriver driver,
      KernelSource source,
      String dtype,
      Map<String, Integer> shape,
      Map<String, Integer> tunables) {
    ResolvedHeader header =
        ResolvedHeader.resolve(driver.info(), source.header(), dtype, shape, tunables);
    CompileOptions options =
        new CompileOptions(header.name(), header.macros(), source.header().dialect());
    KernelModule module = driver.compile(source.text(), options);
    try {
      header.checkLocalMemory(module);
      return new KernelProgram(header, module);
    } catch (RuntimeException e) {
      module.close();
      throw e;
    }
  }

  /** {@return the operation and the source's name, for messages and listings} */
  public String name() {
    return header.name();
  }

  /** {@return the macros it was compiled with} */
  public Map<String, String> macros() {
    return header.macros();
  }

  /**
   * A piece of memory that the kernels want for themselves.
   *
   * @param name the argument
   * @param bytes how much
   * @param zeroed filled with zeros before its first use; the kernels leave zeros behind, so that
   *     programs that do not run at the same time may share it
   */
  public record Scratch(String name, long bytes, boolean zeroed) {}

  /**
   * The scratch memory that launches up to some sizes need; it is offered to {@link #bind} under
   * its names.
   *
   * @param greatest the greatest sizes that will be launched
   * @param arguments the arguments of the operation, whose whole numbers may be in expressions
   * @return what to allocate; pieces of no bytes are asked for with 1
   * @throws DeviceException if a size is negative or cannot be computed
   */
  public List<Scratch> scratch(Sizes greatest, Arguments arguments) {
    List<Scratch> pieces = new ArrayList<>();
    for (KernelHeader.Scratch piece : header.scratch()) {
      Expression bytes = header.fold(piece.bytes(), arguments);
      long size = header.compute("scratch " + piece.name(), bytes, greatest);
      if (size < 0) {
        throw new DeviceException(
            header.name() + ": scratch " + piece.name() + " would have " + size + " bytes");
      }
      pieces.add(new Scratch(piece.name(), Math.max(1, size), piece.zeroed()));
    }
    return pieces;
  }

  /**
   * Finds out whether {@link #bind} would succeed.
   *
   * @param offered names of the arguments that the operation offers, without scratch memory
   * @throws DeviceException if a launch takes another argument or names a kernel that the text does
   *     not have
   */
  public void requireEntries(Set<String> offered) {
    Set<String> all = new HashSet<>(offered);
    header.scratch().forEach(piece -> all.add(piece.name()));
    for (KernelHeader.Launch launch : header.launches()) {
      for (String argument : launch.arguments()) {
        if (Sizes.indexOf(argument) < 0 && !all.contains(argument) && !header.unused(argument)) {
          throw new DeviceException(
              header.name()
                  + ": launch "
                  + launch.entry()
                  + " takes "
                  + argument
                  + ", but the operation offers only "
                  + new TreeSet<>(all)
                  + " and the sizes "
                  + Sizes.NAMES);
        }
      }
      module.kernel(launch.entry());
    }
  }

  /**
   * Allocates this program's scratch memory for itself alone and adds it to the arguments.
   *
   * @param driver the device
   * @param queue fills zeros
   * @param greatest the greatest sizes that will be launched
   * @param arguments gets the buffers
   * @return the buffers; the caller closes them
   */
  public List<DeviceBuffer> allocateScratch(
      DeviceDriver driver, CommandQueue queue, Sizes greatest, Arguments arguments) {
    List<DeviceBuffer> buffers = new ArrayList<>();
    for (Scratch piece : scratch(greatest, arguments)) {
      DeviceBuffer buffer = driver.allocate(piece.bytes());
      buffers.add(buffer);
      if (piece.zeroed()) {
        queue.fill(buffer, 0, piece.bytes(), (byte) 0);
      }
      arguments.buffer(piece.name(), buffer);
    }
    return buffers;
  }

  /**
   * Makes kernels with these arguments.
   *
   * @param arguments at least those that the launches name, scratch memory included; sizes are
   *     given with each launch
   * @return launches the kernels in the header's order
   * @throws DeviceException if an argument is missing; the message has its name and what is offered
   */
  public BoundProgram bind(Arguments arguments) {
    List<BoundLaunch> launches = new ArrayList<>();
    for (KernelHeader.Launch launch : header.launches()) {
      launches.add(
          BoundLaunch.create(
              header,
              launch,
              module.kernel(launch.entry()),
              header.localBytes(module, launch),
              arguments));
    }
    return new BoundProgram(header.name(), launches);
  }

  /** Unloads the kernels, after the launches that use them. */
  @Override
  public void close() {
    module.close();
  }
}
