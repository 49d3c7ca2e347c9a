package io.quire.backend.amd.driver;

import io.quire.api.device.DeviceException;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.backend.amd.opencl.Status;
import org.jocl.CL;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;

/**
 * What OpenCL keeps for a device in use: a context, and a queue for the driver's own needs. Made on
 * first use, for a context costs time and memory.
 */
final class Session {
  final cl_context context;

  /** For mapping and placing memory; never for a caller's work. */
  final cl_command_queue service;

  @SuppressWarnings("deprecation") // the successor came with OpenCL 2.0, which not every driver has
  Session(OpenClDevice device) {
    cl_context_properties properties = new cl_context_properties();
    properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
    int[] status = new int[1];
    context =
        CL.clCreateContext(properties, 1, new cl_device_id[] {device.handle()}, null, null, status);
    if (status[0] != CL.CL_SUCCESS) {
      throw new DeviceException(
          "device " + device.info().id() + ": no context: " + Status.name(status[0]));
    }
    service = CL.clCreateCommandQueue(context, device.handle(), 0, status);
    if (status[0] != CL.CL_SUCCESS) {
      CL.clReleaseContext(context);
      throw new DeviceException(
          "device " + device.info().id() + ": no queue: " + Status.name(status[0]));
    }
  }

  void close() {
    CL.clReleaseCommandQueue(service);
    CL.clReleaseContext(context);
  }
}
