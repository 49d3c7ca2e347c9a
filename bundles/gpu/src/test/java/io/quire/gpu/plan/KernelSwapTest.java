package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.StepFuture;
import io.quire.api.kernel.Expression;
import io.quire.api.kernel.KernelSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Kernels come and go while a plan runs. */
class KernelSwapTest {
  private final PlanRig rig = new PlanRig();

  @AfterEach
  void close() {
    rig.close();
    assertEquals(Set.of(), rig.driver.open, "left open");
  }

  private void bring(KernelSource source) {
    rig.kernels.add(source);
    rig.plan().settle();
  }

  @Test
  void shouldTakeABetterKernelBetweenTwoStepsAndReturnToTheOther() throws Exception {
    rig.start();
    assertEquals(7, rig.token());
    StepFuture before = rig.plan().submit(PlanRig.batch(1));
    KernelSource better = FakeKernels.source("sample", 10, "8");
    bring(better);
    StepFuture after = rig.plan().submit(PlanRig.batch(1));
    assertEquals(7, PlanRig.await(before).tokens()[0]);
    assertEquals(8, PlanRig.await(after).tokens()[0]);
    rig.kernels.remove(better);
    rig.plan().settle();
    assertEquals(7, rig.token());
  }

  @Test
  void shouldPreferTheSourceInUseToALesserOne() throws Exception {
    rig.start();
    bring(FakeKernels.source("sample", -1, "9"));
    assertEquals(7, rig.token());
    assertTrue(!rig.driver.compiled.contains("9"));
  }

  @Test
  void shouldRefuseAKernelThatDoesNotCompile() throws Exception {
    rig.start();
    bring(FakeKernels.source("sample", 10, "broken"));
    assertEquals(7, rig.token());
    assertTrue(rig.kernels.refusals.get("broken").contains("line 1: broken"));
  }

  @Test
  void shouldRefuseAKernelThatIsWrong() throws Exception {
    rig.check =
        Optional.of((driver, source, dtype, tunables) ->
            source.text().equals("9") ? Optional.of("case 3: 9 is not 7") : Optional.empty());
    rig.start();
    bring(FakeKernels.source("sample", 10, "8"));
    bring(FakeKernels.source("sample", 20, "9"));
    assertEquals(8, rig.token());
    assertEquals("fake0: case 3: 9 is not 7", rig.kernels.refusals.get("9"));
  }

  @Test
  void shouldRefuseAKernelThatTakesWhatIsNotThere() throws Exception {
    rig.start();
    Expression one = new Expression.Constant(1);
    bring(FakeKernels.source("sample", 10, "8", List.of("sampled", "rows", "stars"), one));
    bring(FakeKernels.source("sample", 20, "9 no entry"));
    assertEquals(7, rig.token());
    assertTrue(rig.kernels.refusals.get("8").contains("takes stars"));
    assertTrue(rig.kernels.refusals.get("9 no entry").contains("has no kernel sample"));
  }

  @Test
  void shouldKeepAKernelWhoseSourceLeftWithoutSuccessor() throws Exception {
    rig.start();
    rig.kernels.removeAll("sample");
    rig.plan().settle();
    assertEquals(7, rig.token());
  }

  @Test
  void shouldUseAKernelThatCameBetweenPreparationAndCache() throws Exception {
    rig.prepare();
    rig.kernels.add(FakeKernels.source("sample", 10, "8"));
    rig.plan().allocateKv(PlanRig.BLOCKS);
    rig.plan().settle();
    assertEquals(8, rig.token());
  }

  @Test
  void shouldTakeUpAnOperationThatHadNoKernel() {
    rig.kernels.removeAll("attention.decode");
    rig.start();
    bring(FakeKernels.source("attention.decode", 0, "attention.decode"));
    rig.plan().submit(PlanRig.batch(1));
    assertEquals(TinyModel.LAYERS, rig.launches("attention.decode"));
  }

  @Test
  void shouldGrowTheMemoryThatKernelsShare() throws Exception {
    rig.start();
    Expression bytes = new Expression.Name("tokens");
    KernelSource greedy = FakeKernels.scratchy("attention.decode", 10, "greedy", bytes, 4096);
    bring(greedy);
    assertEquals(7, rig.token());
    int open = rig.driver.open.size();
    rig.token();
    rig.token();
    rig.token();
    assertTrue(rig.driver.open.size() < open, "what was too small is freed");
  }

  @Test
  void shouldKeepTheKernelsWhereANewOneWantsTooMuchMemory() throws Exception {
    rig.start();
    int open = rig.driver.open.size();
    Expression bytes = new Expression.Name("tokens");
    bring(FakeKernels.scratchy("attention.decode", 10, "greedy", bytes, 1L << 40));
    assertEquals(7, rig.token());
    assertEquals(open, rig.driver.open.size());
  }

  @Test
  void shouldHoldNothingMoreAfterManySwaps() throws Exception {
    rig.start();
    int open = rig.driver.open.size();
    for (int i = 0; i < 100; i++) {
      KernelSource better = FakeKernels.source("sample", 10, "8");
      bring(better);
      if (i % 3 > 0) {
        assertEquals(8, rig.token());
      }
      rig.kernels.remove(better);
      rig.plan().settle();
      if (i % 3 > 1) {
        assertEquals(7, rig.token());
      }
    }
    for (int i = 0; i < 4; i++) {
      assertEquals(7, rig.token());
    }
    assertEquals(open, rig.driver.open.size());
  }

  @Test
  void shouldCloseWithAKernelThatWasNotTaken() throws Exception {
    rig.start();
    rig.token();
    bring(FakeKernels.source("sample", 10, "8"));
    bring(FakeKernels.source("sample", 20, "9"));
    assertEquals(3, rig.driver.compiled.stream().filter(t -> t.matches("\\d")).count());
  }
}
