package io.quire.backend.nvidia.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.api.device.CompileOptions;
import io.quire.api.device.KernelModule;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.nvidia.fake.FakeCuda;
import io.quire.backend.nvidia.fake.FakeLaunch;
import io.quire.testkit.driver.DriverRig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which kernels may begin before the one in front of them has ended. */
class OverlapTest {
  private static final String TEXT =
      """
      DEVFN int half_of(int x) { return x / 2; }
      KERNEL(waits)(int n) {
          LAUNCH_NEXT();
          LAUNCH_WAIT();
      }
      KERNEL(hints)(int n) {
          LAUNCH_NEXT();
          /* no LAUNCH_WAIT() here */
          // nor a LAUNCH_WAIT() here
      }
      KERNEL(plain)(int n) {
      }
      KERNEL(late)(int n) {
          LAUNCH_WAIT ();
      }
      """;

  @Test
  void shouldLaunchEarlyOnlyWhatWaitsItself() {
    assertEquals(List.of(true, false, false, true), overlaps(Fakes.hopper(), true));
  }

  @Test
  void shouldLaunchNothingEarlyWhereItIsSwitchedOff() {
    assertEquals(List.of(false, false, false, false), overlaps(Fakes.hopper(), false));
  }

  @Test
  void shouldLaunchNothingEarlyWhereTheDeviceCannot() {
    assertEquals(List.of(false, false, false, false), overlaps(new FakeCuda(8, 9), true));
    assertEquals(List.of(true, false, false, true), overlaps(new FakeCuda(10, 0), true));
  }

  @Test
  void shouldFindTheWaitInTheKernelThatHasIt() {
    assertEquals(Set.of("waits", "late"), TextNames.waits(TEXT));
    assertEquals(
        Set.of(), TextNames.waits("KERNEL(a)(void) { MY_LAUNCH_WAIT(); LAUNCH_WAITS(); }"));
    assertEquals(Set.of(), TextNames.waits("DEVFN void f() { LAUNCH_WAIT(); }"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ if (n > 0) LAUNCH_WAIT(); }",
        "{ if (n > 0) { f(); LAUNCH_WAIT(); } }",
        "{ for (;;) LAUNCH_WAIT(); }",
        "{ f();\n#if N\n LAUNCH_WAIT();\n#endif\n }",
        "{ f();\n#ifdef A\n g();\n#if B\n#endif\n LAUNCH_WAIT();\n#endif\n }",
        "{\n#define W() f(); \\\n LAUNCH_WAIT();\n }",
        "{ } DEVFN void f() { LAUNCH_WAIT(); }",
        "; DEVFN void f() { LAUNCH_WAIT(); }",
        "",
      })
  void shouldNotCountAWaitThatMayNotHappen(String body) {
    assertEquals(Set.of(), TextNames.waits("KERNEL(a)(int n)" + body));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ f();\n#if N\n g();\n#else\n h();\n#endif\n LAUNCH_WAIT();\n }",
        "{ for (;;) { f(); } LAUNCH_WAIT(); }\n#endif",
        "{ f(); /* } */ LAUNCH_WAIT ( ) ; }",
        "{\n#define F(x) { \\\n { x\n LAUNCH_WAIT();\n }",
      })
  void shouldCountAWaitThatAlwaysHappens(String body) {
    assertEquals(Set.of("a"), TextNames.waits("KERNEL(a)(int n)" + body));
  }

  private static List<Boolean> overlaps(FakeCuda cuda, boolean overlap) {
    try (DriverRig rig = Fakes.rig(cuda, overlap);
        KernelModule module =
            rig.driver()
                .compile(TEXT, new CompileOptions("w.qk", Map.of("WG_SIZE", "32"), "1.1"))) {
      for (String name : List.of("waits", "hints", "plain", "late")) {
        var kernel = module.kernel(name);
        kernel.setInt(0, 1);
        rig.queue().launch(kernel, new LaunchGeometry(1, 1, 1, 32, 0));
      }
      return cuda.launches().stream().map(FakeLaunch::overlap).toList();
    }
  }
}
