package io.quire.testkit.driver;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.CommandQueue.Fence;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Kernel;
import io.quire.api.device.KernelModule;
import io.quire.api.device.StagingBuffer;
import io.quire.testkit.Seed;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory and queues of the driver contract. */
@ExtendWith(Seed.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class DriverContract {
  /** {@return the devices that are held to it; empty where there are none} */
  protected abstract List<DriverCandidate> candidates();

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldTellWhatKernelsAreChosenBy(DriverCandidate device) {
    try (DriverRig rig = device.open()) {
      assertDescribed(rig.driver().info());
    }
  }

  private static void assertDescribed(DeviceInfo info) {
    var properties = info.properties();
    for (String number :
        List.of(
            "local.memory",
            "workgroup.max",
            "subgroup",
            "copier.lanes",
            "slab.wide.rows",
            "slab.wide.lanes",
            "slab.narrow.rows",
            "slab.narrow.lanes")) {
      assertEquals(Integer.class, properties.get(number).getClass(), number);
    }
    assertEquals(Boolean.class, properties.get("fp16").getClass());
    assertEquals(Boolean.class, properties.get("memory.shared").getClass());
    assertEquals(String.class, properties.get("prelude").getClass());
    assertTrue(info.memory() > 0 && info.computeUnits() > 0, info::toString);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldGiveBackWhatWasUploaded(DriverCandidate device, RandomGenerator random) {
    int[] values = random.ints(1027).toArray();
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(values)) {
      assertArrayEquals(values, rig.read(buffer));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldTouchOnlyTheBytesOfACopy(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(1, 2, 3, 4, 5, 6);
        DeviceBuffer other = rig.buffer(-1, -2, -3, -4);
        StagingBuffer staging = rig.driver().allocateStaging(16)) {
      staging.segment().fill((byte) 0);
      rig.queue().copy(other, 4, buffer, 8, 8);
      rig.queue().fill(buffer, 21, 3, (byte) 0);
      rig.queue().download(buffer, 4, staging, 8, 8);
      rig.queue().upload(staging, 12, buffer, 0, 4);
      assertArrayEquals(new int[] {-2, 2, -2, -3, 5, 6}, rig.read(buffer));
      assertArrayEquals(new int[] {0, 0, 2, -2}, staging.segment().toArray(ValueLayout.JAVA_INT));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldFillAnyRange(DriverCandidate device) {
    byte[] expected = new byte[256];
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.driver().allocate(expected.length)) {
      rig.queue().fill(buffer, 0, expected.length, (byte) 0);
      int from = 0;
      for (int length : List.of(1, 2, 3, 16, 32, 48, 7, 5)) {
        Arrays.fill(expected, from, from + length, (byte) (200 + length));
        rig.queue().fill(buffer, from, length, (byte) (200 + length));
        from += length + 1;
      }
      MemorySegment bytes = MemorySegment.ofArray(rig.read(buffer));
      assertArrayEquals(expected, bytes.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldShareMemoryWithSlices(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(new int[1024])) {
      DeviceBuffer slice = buffer.slice(1024, 2048);
      DeviceBuffer inner = slice.slice(512, 8);
      rig.write(inner, 7, 8);
      int[] all = rig.read(buffer);
      assertArrayEquals(new int[] {0, 7, 8, 0}, Arrays.copyOfRange(all, 383, 387));
      var overlap =
          assertThrows(
              IllegalArgumentException.class, () -> rig.queue().copy(slice, 508, buffer, 1536, 8));
      assertTrue(overlap.getMessage().contains("overlaps"), overlap::getMessage);
      slice.close();
      assertThrows(IllegalStateException.class, () -> rig.queue().fill(inner, 0, 1, (byte) 0));
      rig.queue().fill(buffer, 0, 1, (byte) 1);
      rig.finish();
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRunAQueueInOrder(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(1, 2, 3, 4, 5);
        DeviceBuffer copy = rig.buffer(0, 0, 0, 0, 0);
        var module = rig.compile(1)) {
      var kernel = module.kernel("add");
      for (int i = 0; i < 50; i++) {
        rig.add(kernel, buffer, i);
        rig.queue().copy(buffer, 0, copy, 0, buffer.bytes());
        rig.queue().fill(buffer, 16, 4, (byte) 0);
      }
      assertArrayEquals(new int[] {1226, 1227, 1228, 1229, 49}, rig.read(copy));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldReachFencesInOrder(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(new int[4096]);
        var module = rig.compile(1)) {
      var kernel = module.kernel("add");
      rig.add(kernel, buffer, 1);
      Fence first = rig.queue().fence();
      rig.add(kernel, buffer, 1);
      Fence second = rig.queue().fence();
      assertTrue(second.await(TimeUnit.MINUTES.toNanos(1)));
      assertTrue(second.reached() && first.reached());
      assertTrue(first.await(0), "a fence that was reached is awaited without waiting");
      Fence third = rig.queue().fence();
      rig.queue().close();
      assertTrue(third.reached(), "closing a queue waits for its work");
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldKeepTheInterruptOfAThreadThatAwaits(DriverCandidate device) {
    try (DriverRig rig = device.open()) {
      Thread.currentThread().interrupt();
      assertTrue(rig.queue().fence().await(TimeUnit.MINUTES.toNanos(1)));
      assertTrue(Thread.interrupted());
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRefuseRangesOutsideABuffer(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DeviceBuffer buffer = rig.buffer(1, 2);
        StagingBuffer staging = rig.driver().allocateStaging(8)) {
      for (long from : new long[] {-1, 1, 9, Long.MAX_VALUE}) {
        var problem =
            assertThrows(
                IllegalArgumentException.class,
                () -> rig.queue().upload(staging, 0, buffer, from, 8),
                () -> "from " + from);
        assertTrue(problem.getMessage().contains("of 8 bytes"), problem::getMessage);
        assertThrows(
            IllegalArgumentException.class,
            () -> rig.queue().download(buffer, 0, staging, from, 8));
      }
      assertThrows(IllegalArgumentException.class, () -> rig.queue().fill(buffer, 0, 9, (byte) 0));
      assertThrows(IllegalArgumentException.class, () -> buffer.slice(1, 1));
      assertThrows(IllegalArgumentException.class, () -> buffer.slice(0, 9));
      assertArrayEquals(new int[] {1, 2}, rig.read(buffer));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRefuseMemoryThatCannotBe(DriverCandidate device) {
    try (DriverRig rig = device.open()) {
      assertThrows(IllegalArgumentException.class, () -> rig.driver().allocate(0));
      assertThrows(IllegalArgumentException.class, () -> rig.driver().allocateStaging(-1));
      long tooMuch = Long.MAX_VALUE / 2;
      for (var attempt :
          List.<Runnable>of(
              () -> rig.driver().allocate(tooMuch), () -> rig.driver().allocateStaging(tooMuch))) {
        var problem = assertThrows(DeviceException.class, attempt::run);
        assertTrue(
            problem.getMessage().contains(Long.toString(tooMuch))
                && problem.getMessage().contains("bytes free"),
            problem::getMessage);
      }
      try (DeviceBuffer buffer = rig.buffer(5)) {
        assertArrayEquals(new int[] {5}, rig.read(buffer));
      }
      assertTrue(rig.driver().freeMemory() > 0);
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRefuseWhatBelongsToAnotherDriver(DriverCandidate device) {
    try (DriverRig rig = device.open();
        DriverRig other = device.open();
        DeviceBuffer buffer = rig.buffer(1);
        DeviceBuffer foreign = other.buffer(2)) {
      assertThrows(
          IllegalArgumentException.class, () -> rig.queue().copy(foreign, 0, buffer, 0, 4));
      assertArrayEquals(new int[] {1}, rig.read(buffer));
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("candidates")
  void shouldRefuseUseAfterClosing(DriverCandidate device) {
    DriverRig rig = device.open();
    DeviceBuffer buffer = rig.buffer(1);
    StagingBuffer staging = rig.driver().allocateStaging(4);
    KernelModule module = rig.compile(1);
    Kernel kernel = module.kernel("add");
    var fence = rig.queue().fence();
    rig.close();
    for (Runnable use :
        List.<Runnable>of(
            () -> rig.driver().allocate(4),
            () -> rig.driver().queue(),
            () -> rig.compile(2),
            () -> module.kernel("add"),
            () -> kernel.setInt(1, 1),
            () -> rig.queue().fill(buffer, 0, 4, (byte) 0),
            () -> rig.queue().launch(kernel, DriverRig.geometry(1)),
            () -> staging.segment().fill((byte) 0))) {
      assertThrows(IllegalStateException.class, use::run);
    }
    assertTrue(fence.reached());
    buffer.close();
    staging.close();
    module.close();
    rig.queue().close();
    rig.close();
  }
}
