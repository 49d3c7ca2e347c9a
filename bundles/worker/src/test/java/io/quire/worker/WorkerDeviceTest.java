package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.testkit.device.DeviceContract;
import io.quire.testkit.device.TinyModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The contract of devices, with the CPU in a child; the limit is for a hang alone. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerDeviceTest extends DeviceContract {
  private static final String BACKEND = "io.quire.backend.cpu";

  private WorkerRig rig;
  private Device device;
  private TinyModel model;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    model = TinyModel.save(Files.createDirectory(folder.resolve("model")));
    rig = new WorkerRig(folder.resolve("osgi"), Map.of("backends", BACKEND));
    rig.start(WorkerRig.jar(BACKEND));
    device = rig.get(rig.remote("cpu0"));
  }

  @AfterAll
  void stop() throws Exception {
    rig.close();
  }

  @Override
  protected Device device() {
    return device;
  }

  @Override
  protected TinyModel model() {
    return model;
  }
}
