package io.quire.worker.fake;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import java.util.Map;
import java.util.Optional;

/**
 * A device that tells as progress which kernel it would take, refuses those named {@code bad}, is
 * lost when it runs one named {@code killer}, and fails as the model's architecture says.
 */
final class FakeDevice implements Device {
  private final DeviceInfo info;
  private final KernelRegistry registry;

  FakeDevice(DeviceInfo info, KernelRegistry registry) {
    this.info = info;
    this.registry = registry;
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress) {
    switch (graph.architecture()) {
      case "refused" -> throw new DeviceException("no room for it");
      case "lost" -> throw new LostDeviceException("the driver is gone");
      case "broken" -> throw new IllegalStateException("a bug");
      default -> {
        // A good one.
      }
    }
    progress.report("weights", weights.names().size(), weights.names().size());
    registry.entries().stream()
        .filter(entry -> entry.source().header().name().equals("bad"))
        .forEach(entry -> registry.refuse(entry.source(), info.id(), "it is bad"));
    best().ifPresent(name -> progress.report(name, 1, 1));
    return new FakePlan(options, () -> best().equals(Optional.of("killer")));
  }

  private Optional<String> best() {
    return registry
        .resolve("fake", "bf16", Map.of(DeviceInfo.DEVICE, info.id()))
        .map(source -> source.header().name());
  }
}
