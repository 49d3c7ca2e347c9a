package io.quire.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSettingsTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldTellTheEngineWhetherStepsOverlap(boolean asynchronous) {
    Duration second = Duration.ofSeconds(1);
    ModelSettings settings =
        new ModelSettings(
            "m",
            "fake:m",
            "",
            0,
            8,
            64,
            0,
            true,
            "",
            100,
            1,
            second,
            second,
            second,
            asynchronous,
            "");
    assertEquals(asynchronous, settings.options(512).asynchronous());
  }
}
