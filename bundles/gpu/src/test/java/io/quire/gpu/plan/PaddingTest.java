package io.quire.gpu.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.api.device.StepBatch;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What kernels find behind the sequences of a step that is padded. */
class PaddingTest {
  private static final List<String> LISTS =
      List.of(
          "ids",
          "positions",
          "cache_slots",
          "seq_lens",
          "seq_slots",
          "row_tokens",
          "row_slots",
          "row_positions",
          "row_outputs",
          "row_targets");

  private final PlanRig rig = new PlanRig();
  private final Map<String, int[]> seen = new HashMap<>();

  @AfterEach
  void close() {
    rig.close();
    assertEquals(Set.of(), rig.driver.open, "left open");
  }

  private void see(FakeLaunch launch) {
    for (String name : FakeKernels.arguments(launch.entry())) {
      if (LISTS.contains(name) || name.equals("updates")) {
        seen.put(name, launch.buffer(name).toArray(ValueLayout.JAVA_INT));
      }
    }
  }

  @Test
  void shouldHaveASlotAndABlockThatNoRequestIsGiven() throws Exception {
    rig.driver.captures = Integer.MAX_VALUE;
    rig.start();
    for (int flight = 0; flight < 2; flight++) {
      PlanRig.await(rig.plan().submit(scores()));
    }
    rig.driver.meaning = this::see;
    StepBatch batch = new StepBatch(PlanRig.OPTIONS);
    for (int s = 0; s < 5; s++) {
      batch.addSequence(s, 4);
      batch.addToken(s + 1);
      batch.addRow(s, 9, StepBatch.SAMPLE);
    }
    batch.addTableUpdate(2, 1, 17);
    PlanRig.await(rig.plan().submit(batch));
    assertEquals(1, rig.driver.replayed.size());
    int slot = PlanRig.OPTIONS.maxSequences();
    Map<String, Integer> expected =
        Map.of(
            "ids", 0,
            "positions", 0,
            "cache_slots", PlanRig.BLOCKS * PlanRig.OPTIONS.blockTokens(),
            "seq_lens", 1,
            "seq_slots", slot,
            "row_slots", slot,
            "row_positions", 1,
            "row_outputs", 0,
            "row_targets", StepBatch.SAMPLE);
    for (int i = 5; i < 8; i++) {
      for (String name : LISTS) {
        assertEquals(expected.getOrDefault(name, i), seen.get(name)[i], name + " " + i);
      }
    }
    for (int u = 0; u < 8; u++) {
      List<Integer> update = List.of(at(u, 0), at(u, 1), at(u, 2));
      assertEquals(u < 7 ? List.of(slot, 0, PlanRig.BLOCKS) : List.of(2, 1, 17), update);
    }
  }

  /** A step that leaves other numbers than padding has wherever it can. */
  private static StepBatch scores() {
    StepBatch batch = new StepBatch(PlanRig.OPTIONS);
    for (int s = 0; s < 8; s++) {
      batch.addTableUpdate(s, 0, s);
      batch.addTableUpdate(s, 1, 8 + s);
      batch.addSequence(s, 20);
      batch.addTokens(new int[] {5, 6, 7}, 0, 3);
      batch.addRow(s, 4, 11);
    }
    return batch;
  }

  private int at(int update, int word) {
    return seen.get("updates")[3 * update + word];
  }
}
