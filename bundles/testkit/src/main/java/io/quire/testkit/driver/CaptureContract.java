package io.quire.testkit.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quire.api.device.CommandQueue.CapturedGraph;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Captured work of the driver contract. A device that cannot capture is only held to having run
 * nothing.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class CaptureContract {
  /** {@return the devices that are held to it; empty where there are none} */
  protected abstract List<DriverCandidate> candidates();

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRunNothingUntilItIsReplayed(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(1, 2);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      Optional<CapturedGraph> graph = rig.queue().capture(() -> rig.add(kernel, buffer, 10));
      assertArrayEquals(new int[] {1, 2}, rig.read(buffer));
      graph.ifPresent(captured -> {
        captured.replay();
        captured.replay();
        assertArrayEquals(new int[] {21, 22}, rig.read(buffer));
        captured.close();
      });
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldKeepTheArgumentsItWasRecordedWith(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(0);
        DeviceBuffer other = rig.buffer(0);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      Optional<CapturedGraph> graph = rig.queue().capture(() -> rig.add(kernel, buffer, 5));
      rig.add(kernel, other, 7);
      graph.ifPresent(captured -> {
        captured.replay();
        assertArrayEquals(new int[] {5}, rig.read(buffer));
      });
      assertArrayEquals(new int[] {7}, rig.read(other));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRecordEveryKindOfWorkInOrder(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(0, 0, 0);
        DeviceBuffer copy = rig.buffer(0, 0, 0);
        StagingBuffer in = rig.driver().allocateStaging(8);
        StagingBuffer out = rig.driver().allocateStaging(12);
        KernelModule module = rig.compile(2)) {
      Kernel kernel = module.kernel("add");
      Optional<CapturedGraph> graph =
          rig.queue()
              .capture(() -> {
                rig.queue().upload(in, 0, buffer, 0, 8);
                rig.queue().fill(buffer, 8, 4, (byte) 0);
                rig.add(kernel, buffer, 3);
                rig.queue().copy(buffer, 0, copy, 0, 12);
                rig.add(kernel, buffer, 100);
                rig.queue().download(copy, 0, out, 0, 12);
              });
      for (int i = 0; graph.isPresent() && i < 3; i++) {
        in.segment().setAtIndex(ValueLayout.JAVA_INT, 0, i);
        in.segment().setAtIndex(ValueLayout.JAVA_INT, 1, -i);
        graph.get().replay();
        rig.finish();
        assertArrayEquals(new int[] {i + 6, 6 - i, 6}, out.segment().toArray(ValueLayout.JAVA_INT));
      }
      graph.ifPresent(CapturedGraph::close);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldReplayBetweenOtherWork(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(1);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      Optional<CapturedGraph> graph = rig.queue().capture(() -> rig.add(kernel, buffer, 1));
      graph.ifPresent(captured -> {
        rig.queue().fill(buffer, 0, 4, (byte) 0);
        captured.replay();
        rig.add(kernel, buffer, 10);
        captured.replay();
        rig.queue().fence();
        assertArrayEquals(new int[] {12}, rig.read(buffer));
      });
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldGoOnAfterWorkThatThrows(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(1);
        KernelModule module = rig.compile(1)) {
      Kernel kernel = module.kernel("add");
      boolean captures = rig.queue().capture(() -> {}).isPresent();
      RuntimeException thrown = new IllegalArgumentException("thrown by the work itself");
      if (captures) {
        assertSame(
            thrown,
            assertThrows(
                IllegalArgumentException.class,
                () ->
                    rig.queue()
                        .capture(() -> {
                          rig.add(kernel, buffer, 1);
                          throw thrown;
                        })));
        assertThrows(
            IllegalStateException.class,
            () -> rig.queue().capture(() -> rig.queue().fence()),
            "a fence cannot be recorded");
      }
      rig.add(kernel, buffer, 4);
      assertEquals(5, rig.read(buffer)[0]);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRefuseToReplayWhatHasGone(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer kept = rig.buffer(1);
        KernelModule module = rig.compile(1)) {
      DeviceBuffer buffer = rig.buffer(1);
      Kernel kernel = module.kernel("add");
      Optional<CapturedGraph> graph = rig.queue().capture(() -> rig.add(kernel, buffer, 1));
      buffer.close();
      graph.ifPresent(captured -> {
        assertThrows(IllegalStateException.class, captured::replay);
        captured.close();
        captured.close();
        assertThrows(IllegalStateException.class, captured::replay);
      });
      assertEquals(1, rig.read(kept)[0]);
    }
  }
}
