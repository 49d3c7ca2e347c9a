package io.quire.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.annotation.Annotation;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GpuDevicesTest {
  private record Config(boolean capture) implements GpuConfig {
    @Override
    public Class<? extends Annotation> annotationType() {
      return GpuConfig.class;
    }
  }

  private static boolean capture(boolean read, Map<String, Object> written) {
    return GpuDevices.options(new Config(read), written).capture();
  }

  @Test
  void shouldCaptureAsItIsConfigured() {
    assertEquals(true, capture(true, Map.of()));
    assertEquals(false, capture(false, Map.of("capture", false)));
    assertEquals(false, capture(false, Map.of("capture", "False")));
  }

  @Test
  void shouldRefuseWhatIsNeitherTrueNorFalse() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> capture(false, Map.of("capture", "yes")));
    assertEquals(
        "io.quire.gpu: capture is \"yes\" but must be true or false. No GPU device was registered.",
        e.getMessage());
  }
}
