package io.quire.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KernelChoiceTest {
  @Test
  void shouldTakeTheVectorApiWhereTheJvmHasIt() {
    KernelChoice choice = KernelChoice.of("auto", ModuleLayer.boot());
    assertTrue(choice.kernels().name().startsWith("vector"), choice.kernels().name());
    assertFalse(choice.degraded());
  }

  @Test
  void shouldFallBackWithAReasonAndARemedy() {
    for (String wanted : new String[] {"auto", "vector"}) {
      KernelChoice choice = KernelChoice.of(wanted, ModuleLayer.empty());
      assertEquals("plain", choice.kernels().name());
      assertTrue(choice.degraded());
      assertTrue(choice.reason().contains("--add-modules jdk.incubator.vector"), choice.reason());
    }
  }

  @Test
  void shouldObeyTheConfiguration() {
    KernelChoice choice = KernelChoice.of("plain", ModuleLayer.boot());
    assertEquals("plain", choice.kernels().name());
    assertFalse(choice.degraded());
    assertThrows(IllegalArgumentException.class, () -> KernelChoice.of("fast", ModuleLayer.boot()));
  }

  @Test
  void shouldDescribeTheProcessor() {
    var info = new CpuDevice(KernelChoice.of("auto", ModuleLayer.boot()).kernels(), 0).info();
    assertEquals("cpu0", info.id());
    assertEquals("cpu", info.vendor());
    assertTrue(info.memory() > 0);
    assertTrue(info.computeUnits() > 0);
    assertFalse(info.arch().isBlank());
  }
}
