package io.quire.backend.amd.opencl;

import java.nio.charset.StandardCharsets;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** Reads what platforms and devices say of themselves. */
public final class Query {
  /** Logs of compilers are long; more than this is nonsense. */
  private static final int MAX_STRING = 1 << 24;

  private static final int MAX_NUMBER = 1 << 10;

  private Query() {}

  /** The shape that all of OpenCL's queries have. */
  @FunctionalInterface
  public interface Source {
    /**
     * Asks.
     *
     * @param parameter which fact
     * @param size bytes of {@code value}
     * @param value gets the fact
     * @param needed gets its size
     * @return an error code
     */
    int get(int parameter, long size, Pointer value, long[] needed);
  }

  /** {@return the facts of a platform} */
  static Source of(cl_platform_id platform) {
    return (parameter, size, value, needed) ->
        CL.clGetPlatformInfo(platform, parameter, size, value, needed);
  }

  /** {@return the facts of a device} */
  static Source of(cl_device_id device) {
    return (parameter, size, value, needed) ->
        CL.clGetDeviceInfo(device, parameter, size, value, needed);
  }

  /**
   * Reads a text.
   *
   * @param source whom to ask
   * @param parameter which fact
   * @return the text, empty if there is none
   */
  public static String text(Source source, int parameter) {
    long[] needed = new long[1];
    if (source.get(parameter, 0, null, needed) != CL.CL_SUCCESS
        || needed[0] < 1
        || needed[0] > MAX_STRING) {
      return "";
    }
    byte[] bytes = new byte[(int) needed[0]];
    if (source.get(parameter, bytes.length, Pointer.to(bytes), null) != CL.CL_SUCCESS) {
      return "";
    }
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
  }

  /**
   * Reads a number of 32 or 64 bits.
   *
   * @param source whom to ask
   * @param parameter which fact
   * @param otherwise the value if it is not known
   * @return the number
   */
  public static long number(Source source, int parameter, long otherwise) {
    long[] needed = new long[1];
    if (source.get(parameter, 0, null, needed) != CL.CL_SUCCESS
        || needed[0] < Sizeof.cl_int
        || needed[0] > MAX_NUMBER) {
      return otherwise;
    }
    long[] value = new long[(int) Math.ceilDiv(needed[0], Sizeof.cl_long)];
    if (source.get(parameter, needed[0], Pointer.to(value), null) != CL.CL_SUCCESS) {
      return otherwise;
    }
    return needed[0] == Sizeof.cl_int ? value[0] & 0xffffffffL : value[0];
  }
}
