package io.quire.backend.cpu;

import io.quire.api.device.Device;
import io.quire.backend.cpu.kernel.PlainKernels;
import io.quire.backend.cpu.kernel.VectorKernels;
import io.quire.testkit.device.DeviceContract;
import org.junit.jupiter.api.Nested;

/** The contract of devices, with either arithmetic. */
class CpuDeviceTest {
  @Nested
  class Plain extends DeviceContract {
    @Override
    protected Device device() {
      return new CpuDevice(new PlainKernels(), 1);
    }
  }

  @Nested
  class Vector extends DeviceContract {
    @Override
    protected Device device() {
      return new CpuDevice(new VectorKernels(), 3);
    }
  }
}
