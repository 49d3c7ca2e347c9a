package io.quire.shell;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import java.util.Map;

/** A device that is only listed. */
record IdleDevice(String id, Map<String, Object> properties) implements Device {
  IdleDevice(String id) {
    this(id, Map.of("threads", 2));
  }

  @Override
  public DeviceInfo info() {
    return new DeviceInfo(id, "Test CPU", "cpu", "x86_64+avx2", "cpu", 16L << 30, 2, properties);
  }

  @Override
  public Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress) {
    throw new UnsupportedOperationException();
  }
}
