package io.quire.backend.amd.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LostDeviceException;
import io.quire.backend.amd.Runtimes;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.testkit.driver.DriverRig;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_context;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left of a driver when it is closed, or lost: nothing. */
class ClosingTest {
  private static final int TIMES = 50;

  static List<Named<OpenClDevice>> devices() {
    return Runtimes.devices("auto").stream()
        .map(device -> Named.of(Runtimes.name(device), device))
        .toList();
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldLeaveNoContextHoweverOftenItIsOpened(OpenClDevice device) {
    for (int i = 0; i < TIMES; i++) {
      DriverRig rig = new DriverRig(Runtimes.driver(device));
      cl_context context = retained(rig);
      DeviceBuffer buffer = rig.buffer(1, 2, 3);
      buffer.slice(0, 4);
      rig.driver().allocateStaging(64);
      if (i % 10 == 0) {
        rig.add(rig.compile(1).kernel("add"), buffer, 1);
      }
      rig.queue().fill(buffer, 0, 4, (byte) i);
      rig.queue().fence();
      rig.close(); // Everything else is still open.
      assertNobodyElseHas(context);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("devices")
  void shouldFreeALostDevice(OpenClDevice device) {
    DriverRig rig = new DriverRig(Runtimes.driver(device));
    cl_context context = retained(rig);
    DeviceBuffer buffer = rig.buffer(1);
    KernelModule module = rig.compile(1);
    Kernel kernel = module.kernel("add");
    rig.finish();
    driver(rig).guard.lose("a fault that this test has thought up");
    for (Runnable use :
        List.<Runnable>of(
            () -> rig.driver().freeMemory(),
            () -> rig.driver().allocate(4),
            () -> rig.compile(2),
            () -> kernel.setInt(1, 1),
            () -> rig.queue().fence(),
            () -> rig.queue().fill(buffer, 0, 4, (byte) 0))) {
      var lost = assertThrows(LostDeviceException.class, use::run);
      assertTrue(lost.getMessage().contains(device.info().id()), lost::getMessage);
    }
    buffer.close();
    module.close();
    rig.close();
    assertNobodyElseHas(context);
  }

  private static OpenClDriver driver(DriverRig rig) {
    return (OpenClDriver) rig.driver();
  }

  private static cl_context retained(DriverRig rig) {
    cl_context context = driver(rig).use().context;
    assertEquals(CL.CL_SUCCESS, CL.clRetainContext(context));
    return context;
  }

  /** Commands keep their context, and a runtime may forget them a moment after they have ended. */
  private static void assertNobodyElseHas(cl_context context) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (references(context) > 1 && System.nanoTime() < end) {
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
    }
    assertEquals(1, references(context), "references to a context whose driver is closed");
    CL.clReleaseContext(context);
  }

  private static int references(cl_context context) {
    int[] count = new int[1];
    int status =
        CL.clGetContextInfo(
            context, CL.CL_CONTEXT_REFERENCE_COUNT, Sizeof.cl_uint, Pointer.to(count), null);
    assertEquals(CL.CL_SUCCESS, status);
    return count[0];
  }
}
