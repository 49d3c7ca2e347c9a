package io.quire.backend.amd.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jocl.CL;
import org.junit.jupiter.api.Test;

class StatusTest {
  @Test
  void shouldTellLossFromRefusal() {
    for (int code : List.of(CL.CL_DEVICE_NOT_AVAILABLE, CL.CL_INVALID_CONTEXT, -9999)) {
      assertTrue(Status.lost(code), () -> Status.name(code));
    }
    for (int code :
        List.of(
            CL.CL_OUT_OF_RESOURCES,
            CL.CL_MEM_OBJECT_ALLOCATION_FAILURE,
            CL.CL_INVALID_WORK_GROUP_SIZE,
            CL.CL_BUILD_PROGRAM_FAILURE)) {
      assertTrue(!Status.lost(code), () -> Status.name(code));
    }
  }

  @Test
  void shouldNameCodesWithTheirNumbers() {
    assertEquals("CL_OUT_OF_RESOURCES (-5)", Status.name(CL.CL_OUT_OF_RESOURCES));
    assertEquals("error -9999", Status.name(-9999));
  }

  @Test
  void shouldDoWithoutALibrary() {
    assertTrue(OpenClLibrary.load("libNoSuchOpenCL.so.1").isEmpty());
  }
}
