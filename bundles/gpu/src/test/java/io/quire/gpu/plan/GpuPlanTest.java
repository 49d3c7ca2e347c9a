package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.api.kernel.Expression;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GpuPlanTest {
  private final PlanRig rig = new PlanRig();

  @AfterEach
  void close() {
    rig.close();
    assertEquals(Set.of(), rig.driver.open, "left open");
    assertEquals(0, rig.kernels.listeners());
  }

  @Test
  void shouldDrawATokenForEveryRow() throws Exception {
    rig.start();
    StepOutput out = PlanRig.await(rig.plan().submit(PlanRig.batch(3, 20, 1)));
    assertEquals(3, out.rows());
    for (int row = 0; row < 3; row++) {
      assertEquals(7, out.tokens()[row]);
      assertFalse(out.invalid()[row]);
    }
  }

  @Test
  void shouldFillAllRowsWhenTheyTakeSeveralRounds() throws Exception {
    rig.start();
    StepBatch batch = new StepBatch(PlanRig.OPTIONS);
    for (int s = 0; s < 3; s++) {
      for (int i = 0; i < 4; i++) {
        batch.addTableUpdate(s, i, 4 * s + i);
      }
      batch.addSequence(s, 50);
      for (int t = 0; t < 50; t++) {
        batch.addToken(t);
        batch.addScore(50 * s + t, t + 1, s, 5);
      }
    }
    StepOutput out = PlanRig.await(rig.plan().submit(batch));
    assertEquals(150, out.rows());
    for (int row = 0; row < 150; row++) {
      assertEquals(7, out.tokens()[row], "row " + row);
    }
    assertEquals(3, rig.launches("sample"));
  }

  @Test
  void shouldTakeKernelsThatFitTheNumberOfRows() {
    rig.start();
    rig.plan().submit(PlanRig.batch(1, 1, 1));
    assertEquals(0, rig.launches("linear.tile"));
    assertEquals(TinyModel.LAYERS, rig.launches("linear.gated"));
    assertEquals(
        Set.of("4"),
        new HashSet<>(
            rig.driver.launched.stream()
                .filter(l -> l.entry().equals("linear.skinny"))
                .map(l -> l.macros().get("ROWS"))
                .toList()));
    rig.driver.launched.clear();
    rig.plan().submit(PlanRig.batch(60, 60, 60, 60, 60));
    assertEquals(7 * TinyModel.LAYERS, rig.launches("linear.tile"));
    assertEquals(TinyModel.LAYERS, rig.launches("activation.gated"));
    assertEquals(0, rig.launches("linear.gated"));
    assertEquals(1, rig.launches("linear.skinny"), "the rows of logits are five");
  }

  @Test
  void shouldLaunchOncePerOperationThatNothingElseTakesOver() throws Exception {
    rig.start();
    assertEquals(
        List.of(
            "norm.rms",
            "linear.triple",
            "rope.cache",
            "attention.decode",
            "linear.skinny",
            "norm.rms",
            "linear.gated",
            "linear.skinny"),
        layer(PlanRig.batch(1)));
    assertEquals(
        List.of(
            "norm.rms",
            "linear.tile",
            "linear.tile",
            "linear.tile",
            "rope.cache",
            "attention.prefill",
            "linear.tile",
            "norm.rms",
            "linear.tile",
            "linear.tile",
            "activation.gated",
            "linear.tile"),
        layer(PlanRig.batch(60, 60, 60, 60, 60)));
  }

  /** What the first layer launches, and every other one too. */
  private List<String> layer(StepBatch batch) throws Exception {
    rig.driver.launched.clear();
    PlanRig.await(rig.plan().submit(batch));
    List<String> all = rig.driver.launched.stream().map(FakeLaunch::entry).toList();
    List<String> layers = all.subList(all.indexOf("embed") + 1, all.indexOf("rows.take"));
    int each = layers.size() / TinyModel.LAYERS;
    assertEquals(layers.subList(0, each), layers.subList(each, layers.size()));
    return layers.subList(0, each);
  }

  @Test
  void shouldDecodeTheSequencesOfOneTokenThatComeFirst() {
    rig.start();
    rig.plan().submit(PlanRig.batch(1, 1));
    assertEquals(TinyModel.LAYERS, rig.launches("attention.decode"));
    assertEquals(0, rig.launches("attention.prefill"));
    rig.driver.launched.clear();
    rig.plan().submit(PlanRig.batch(1, 1, 5, 1));
    assertEquals(List.of(2, 2), numbers("attention.decode", "seqs"));
    assertEquals(List.of(2, 2), numbers("attention.prefill", "seqs"));
    assertEquals(List.of(2, 2), numbers("attention.prefill", "skip"));
  }

  /** An argument's values, layer by layer. */
  private List<Integer> numbers(String entry, String argument) {
    return rig.driver.launched.stream()
        .filter(launch -> launch.entry().equals(entry))
        .map(launch -> launch.number(argument))
        .toList();
  }

  @Test
  void shouldRunEveryKernelBeforeTheFirstStep() {
    rig.prepare().allocateKv(PlanRig.BLOCKS);
    Set<String> entries = new HashSet<>();
    rig.driver.launched.forEach(launch -> entries.add(launch.entry()));
    assertTrue(
        entries.containsAll(
            List.of("linear.tile", "linear.skinny", "linear.gated", "attention.prefill", "sample")),
        entries.toString());
  }

  @Test
  void shouldDoWithoutKernelsThatAreOnlyFaster() throws Exception {
    for (String op : List.of("linear.skinny", "linear.gated", "attention.decode")) {
      rig.kernels.removeAll(op);
    }
    rig.start();
    assertEquals(7, rig.token());
    assertEquals(TinyModel.LAYERS, rig.launches("attention.prefill"));
  }

  @Test
  void shouldFallThroughToTheNextKernelThatServesTheShape() throws Exception {
    Expression wide =
        new Expression.Call(
            Expression.Operator.LESS,
            List.of(new Expression.Constant(64), new Expression.Name("N")));
    List<String> arguments = List.of("out", "in", "weight", "rows");
    rig.kernels.add(FakeKernels.source("linear.tile", 10, "wide", arguments, wide));
    rig.start();
    assertEquals(0, rig.kernels.refusals.size());
    assertTrue(rig.driver.compiled.contains("wide"));
    assertTrue(rig.driver.compiled.contains("linear.tile"));
  }

  @Test
  void shouldCompileWithWhatTuningFound() throws Exception {
    rig.kernels.add(FakeKernels.tunable("sample", 10, "8", "LANES", 1, 2, 4));
    // For fewer rows than a step can have: the nearest ones count.
    rig.tuned =
        (source, dtype, shape, rows) ->
            !source.text().equals("8")
                ? Map.of()
                : rows == 32 ? Map.of("LANES", 2) : rows == 16 ? Map.of("LANES", 4) : Map.of();
    rig.start();
    assertEquals(8, rig.token());
    assertTrue(
        rig.driver.launched.stream()
            .filter(launch -> launch.entry().equals("sample"))
            .allMatch(launch -> launch.macros().get("LANES").equals("2")));
  }

  @Test
  void shouldSayWhichKernelIsMissing() {
    rig.kernels.removeAll("rope.cache");
    DeviceException e = assertThrows(DeviceException.class, rig::prepare);
    assertTrue(e.getMessage().contains("no kernel for rope.cache in bf16"), e.getMessage());
    assertTrue(e.getMessage().contains("HEAD_DIM=16"), e.getMessage());
  }

  @Test
  void shouldPlaceAMatrixThatIsUsedTwiceOnce() {
    rig.start();
    long table = 4L * TinyModel.VOCABULARY * TinyModel.HIDDEN;
    long found =
        rig.driver.open.stream()
            .filter(o -> o instanceof FakeDriver.Memory m && m.bytes() == table)
            .count();
    assertEquals(1, found);
  }

  @Test
  void shouldAllocateNothingInSteps() throws Exception {
    rig.start();
    int before = rig.driver.open.size();
    for (int i = 0; i < 20; i++) {
      PlanRig.await(rig.plan().submit(PlanRig.batch(1 + i, 30, 1)));
      assertEquals(before, rig.driver.open.size(), "step " + i);
    }
  }

  @Test
  void shouldGiveEverythingBackWhenMemoryIsShort() {
    for (long memory = 1 << 12; memory < 1 << 20; memory += 50_000) {
      rig.driver.memory = memory;
      try {
        rig.prepare().close();
      } catch (DeviceException expected) {
        assertTrue(expected.getMessage().contains("were asked for"), expected.getMessage());
      }
      assertEquals(Set.of(), rig.driver.open, memory + " bytes");
    }
  }

  @Test
  void shouldAllocateASmallerCacheWhereAGreaterOneFails() throws Exception {
    rig.prepare();
    int before = rig.driver.open.size();
    assertThrows(DeviceException.class, () -> rig.plan().allocateKv(1 << 20));
    assertEquals(before, rig.driver.open.size());
    rig.plan().allocateKv(PlanRig.BLOCKS);
    assertEquals(7, rig.token());
    assertThrows(DeviceException.class, () -> rig.plan().allocateKv(PlanRig.BLOCKS));
  }

  @Test
  void shouldRefuseABatchThatLeadsOutside() throws Exception {
    rig.start();
    StepBatch batch = PlanRig.batch(3);
    batch.addTableUpdate(0, 0, PlanRig.BLOCKS);
    DeviceException e = assertThrows(DeviceException.class, () -> rig.plan().submit(batch));
    assertTrue(e.getMessage().contains("updated block is 32 but must be 0 to 31"), e.getMessage());
    StepBatch homeless = new StepBatch(PlanRig.OPTIONS);
    homeless.addSequence(5, 1);
    homeless.addToken(1);
    e = assertThrows(DeviceException.class, () -> rig.plan().submit(homeless));
    assertTrue(e.getMessage().contains("block number 0"), e.getMessage());
    assertEquals(7, rig.token(), "the plan goes on");
  }

  @Test
  void shouldBeLostWithItsDevice() {
    rig.start();
    StepFuture step = rig.plan().submit(PlanRig.batch(1));
    rig.driver.lose();
    assertThrows(LostDeviceException.class, () -> PlanRig.await(step));
    assertThrows(LostDeviceException.class, () -> rig.plan().submit(PlanRig.batch(1)));
    assertThrows(LostDeviceException.class, () -> rig.plan().submit(PlanRig.batch(1)));
  }

  @Test
  void shouldRefuseStepsOnceClosed() {
    rig.start();
    StepFuture last = rig.plan().submit(PlanRig.batch(2));
    rig.plan().close();
    assertTrue(last.isDone());
    assertThrows(LostDeviceException.class, () -> rig.plan().submit(PlanRig.batch(1)));
  }

  @Test
  void shouldMakeNoPlanOnceTheDeviceHasLeft() {
    GpuDevice device =
        new GpuDevice(rig.driver, new KernelShop(rig.driver, rig.kernels, Optional::empty));
    device.leave();
    TinyModel model = new TinyModel();
    assertThrows(
        LostDeviceException.class,
        () -> device.prepare(model.graph(), model, PlanRig.OPTIONS, (stage, done, total) -> {}));
  }
}
