package io.quire.backend.amd.driver;

import io.quire.api.device.KernelCompileException;
import io.quire.backend.amd.opencl.Query;
import io.quire.backend.amd.opencl.Status;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.ProgramKey;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_program;

/** Turns a text into a program: from a kept binary, or by the driver's compiler. */
final class Compiler {
  private static final Logger LOG = System.getLogger(Compiler.class.getName());
  private static final int MAX_LOG = 16_384;
  private static final long MAX_BINARY = 1L << 30;

  private final OpenClDriver driver;
  private final BinaryCache cache;

  Compiler(OpenClDriver driver, BinaryCache cache) {
    this.driver = driver;
    this.cache = cache;
  }

  cl_program compile(ProgramKey key, String text, String name) {
    Optional<cl_program> kept = cache.load(key).flatMap(binary -> fromBinary(binary, name));
    if (kept.isPresent()) {
      return kept.get();
    }
    cl_program program = fromText(text, name);
    cache.store(key, binary(program));
    return program;
  }

  private Optional<cl_program> fromBinary(byte[] binary, String name) {
    int[] status = new int[1];
    cl_program program =
        CL.clCreateProgramWithBinary(
            driver.use().context,
            1,
            devices(),
            new long[] {binary.length},
            new byte[][] {binary},
            new int[1],
            status);
    if (status[0] == CL.CL_SUCCESS) {
      status[0] = build(program);
      if (status[0] == CL.CL_SUCCESS) {
        return Optional.of(program);
      }
      CL.clReleaseProgram(program);
    }
    LOG.log(
        Level.INFO,
        "device {0} refuses the kept binary of {1} ({2}): it is compiled again",
        driver.info().id(),
        name,
        Status.name(status[0]));
    return Optional.empty();
  }

  private cl_program fromText(String text, String name) {
    int[] status = new int[1];
    cl_program program =
        CL.clCreateProgramWithSource(driver.use().context, 1, new String[] {text}, null, status);
    driver.guard.check(status[0], "making a program of " + name);
    status[0] = build(program);
    if (status[0] == CL.CL_SUCCESS) {
      return program;
    }
    String log = log(program);
    CL.clReleaseProgram(program);
    if (Status.lost(status[0])) {
      throw driver.guard.failure(status[0], "compiling " + name);
    }
    throw new KernelCompileException(
        name
            + " does not compile for device "
            + driver.info().id()
            + " ("
            + Status.name(status[0])
            + "):\n"
            + log);
  }

  private int build(cl_program program) {
    return CL.clBuildProgram(program, 1, devices(), driver.device.prelude().options(), null, null);
  }

  private String log(cl_program program) {
    String log =
        Query.text(
            (parameter, size, value, needed) ->
                CL.clGetProgramBuildInfo(
                    program, driver.device.handle(), parameter, size, value, needed),
            CL.CL_PROGRAM_BUILD_LOG);
    return log.length() > MAX_LOG ? log.substring(0, MAX_LOG) + "..." : log;
  }

  /** {@return what can be kept, empty if the driver gives nothing} */
  private static byte[] binary(cl_program program) {
    long[] size = new long[1];
    int status =
        CL.clGetProgramInfo(
            program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null);
    if (status != CL.CL_SUCCESS || size[0] <= 0 || size[0] > MAX_BINARY) {
      return new byte[0];
    }
    byte[] binary = new byte[(int) size[0]];
    status =
        CL.clGetProgramInfo(
            program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, Pointer.to(Pointer.to(binary)), null);
    return status == CL.CL_SUCCESS ? binary : new byte[0];
  }

  private cl_device_id[] devices() {
    return new cl_device_id[] {driver.device.handle()};
  }
}
