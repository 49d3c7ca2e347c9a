package io.quire.backend.amd.opencl;

import io.quire.gpu.driver.ErrorCodes;
import org.jocl.CL;

/** What OpenCL's error codes mean here. */
public final class Status {
  /** The meanings below, for a guard. */
  public static final ErrorCodes CODES =
      new ErrorCodes() {
        @Override
        public String name(int code) {
          return Status.name(code);
        }

        @Override
        public boolean lost(int code) {
          return Status.lost(code);
        }
      };

  /** Codes below it belong to vendors and are documented nowhere. */
  private static final int VENDOR = -1000;

  private static final int PLATFORM_NOT_FOUND = -1001;

  private Status() {}

  /**
   * Names a code.
   *
   * @param code what a function returned
   * @return its name in the specification, with the number
   */
  public static String name(int code) {
    String name = CL.stringFor_errorCode(code);
    return name.startsWith("CL_") ? name + " (" + code + ")" : "error " + code;
  }

  /**
   * Whether a code says that the device is lost: it is not there any more, what it worked on has
   * failed, or our own valid objects are refused. Codes of vendors count: NVIDIA reports a fault in
   * a kernel as -9999.
   *
   * @param code what a function returned
   * @return true if no result of the device can be trusted any more
   */
  public static boolean lost(int code) {
    return switch (code) {
      case CL.CL_DEVICE_NOT_AVAILABLE,
          CL.CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST,
          CL.CL_INVALID_DEVICE,
          CL.CL_INVALID_CONTEXT,
          CL.CL_INVALID_COMMAND_QUEUE ->
          true;
      default -> code < VENDOR && code != PLATFORM_NOT_FOUND;
    };
  }

  /**
   * Whether a code, from an operation that only asks for room, may as well come from a device that
   * has failed before: then the device itself must be asked.
   *
   * @param code what a function returned
   * @return true if it may
   */
  public static boolean doubtful(int code) {
    return code == CL.CL_OUT_OF_RESOURCES;
  }
}
