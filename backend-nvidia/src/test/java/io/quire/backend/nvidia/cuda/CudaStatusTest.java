package io.quire.backend.nvidia.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CudaStatusTest {
  @Test
  void shouldTellLossFromRefusal() {
    for (int code : List.of(700, 702, 710, 714, 715, 716, 717, 718, 719, 721, 214, 220, 226, 999)) {
      assertTrue(CudaStatus.lost(code), () -> CudaStatus.name(code));
    }
    for (int code : List.of(0, 1, 2, 100, 200, 209, 222, 500, 600, 701, 720, 801, 900, 901, 908)) {
      assertFalse(CudaStatus.lost(code), () -> CudaStatus.name(code));
    }
  }

  @Test
  void shouldNameCodesWithTheirNumbers() {
    assertEquals("CUDA_ERROR_OUT_OF_MEMORY (2)", CudaStatus.name(2));
    assertEquals("CUDA_ERROR_ILLEGAL_ADDRESS (700)", CudaStatus.name(700));
    assertEquals("CUDA_ERROR_TENSOR_MEMORY_LEAK (721)", CudaStatus.name(721));
    assertEquals("CUDA error 12345", CudaStatus.name(12_345));
    assertEquals("CUDA error -1", CudaStatus.name(-1));
  }

  @Test
  void shouldDoWithoutALibrary() {
    assertFalse(CudaLibrary.present("libNoSuchCuda.so.1"));
  }
}
