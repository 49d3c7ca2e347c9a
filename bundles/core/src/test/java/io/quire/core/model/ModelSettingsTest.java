package io.quire.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.api.device.DeviceInfo;
import io.quire.core.engine.EngineOptions;
import io.quire.core.engine.FakePlan;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSettingsTest {
  /** A plan that has 600 of a device's 1000 MB left, when the model may take nine tenths. */
  @ParameterizedTest
  @CsvSource({"gpu, false, 500", "gpu, true, 360", "cpu, true, 360"})
  void shouldLeaveTheRestOfAMemoryAlone(String driver, boolean shared, int expected) {
    DeviceInfo device =
        new DeviceInfo("d", "D", "v", "a", driver, 1000L << 20, 1, Map.of("memory.shared", shared));
    ModelSettings settings = settings(true);
    EngineOptions options = settings.options(1 << 20);
    FakePlan plan = new FakePlan(options.planOptions());
    plan.setKvMemory(600L << 20);
    long block = plan.kvLayout().blockBytes();
    assertEquals(
        (expected * (1L << 20)) / block, KvSize.blocks(settings, plan, device, options), 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellTheEngineWhetherStepsOverlap(boolean asynchronous) {
    ModelSettings settings = settings(asynchronous);
    assertEquals(asynchronous, settings.options(512).asynchronous());
  }

  private static ModelSettings settings(boolean asynchronous) {
    Duration second = Duration.ofSeconds(1);
    return new ModelSettings(
        "m",
        "fake:m",
        "",
        0,
        8,
        64,
        0,
        0.9,
        true,
        "",
        100,
        1,
        second,
        second,
        second,
        asynchronous,
        "");
  }
}
