package io.quire.testkit.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every device must do, seen through {@link Device} alone: steps, their order and what they
 * hand on to each other, sampling, copies of blocks, refusals, and the end of a plan.
 *
 * <p>An implementer provides {@link #device()}. It has room for 64 blocks of 16 tokens of {@link
 * TinyModel}, and keeps a sequence's bits whatever its company and chunking are. Each test prepares
 * one plan on it and closes the plan, not the device: that may be a new one for each test, or the
 * same for all. Where it opens models itself, {@link #model()} is overridden, too.
 */
public abstract class DeviceContract {
  private static final int[] PROMPT = {5, 17, 3, 88, 41, 9, 9, 60, 2, 33, 71, 12, 50, 4, 26, 8, 19};
  private static final int[] OTHER = {61, 7, 7, 90, 1};

  private PlanRig rig;

  /** {@return the device under test; whoever makes it closes what is behind it} */
  protected abstract Device device();

  /** {@return the model; one that was saved, for a device that lives in another process} */
  protected TinyModel model() {
    return new TinyModel();
  }

  @BeforeEach
  void prepare() {
    rig = new PlanRig(device(), model());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static SamplingParams greedy(int logprobs) {
    return new SamplingParams(0, 0, 1, 0, 1, 0, 0, Map.of(), 0, logprobs);
  }

  private static SamplingParams drawn(long seed) {
    return new SamplingParams(1.3f, 40, 0.95f, 0.01f, 1.1f, 0.2f, 0.1f, Map.of(7, 1f), seed, 3);
  }

  @Test
  void shouldTakeTokensOfThePreviousStep() throws Exception {
    int[] expected = rig.generate(0, greedy(-1), PROMPT, 20);
    rig.assign(1, greedy(-1), PROMPT, PROMPT.length, 0);
    rig.feed(1, PROMPT, 0, PROMPT.length, true, 0);
    StepFuture before = rig.submit();
    for (int i = 1; i < expected.length; i++) {
      rig.batch().addSequence(1, PROMPT.length + i);
      rig.batch().addToken(-1);
      rig.batch().addRow(1, i, StepBatch.SAMPLE);
      StepFuture next = rig.submit();
      assertEquals(expected[i - 1], PlanRig.await(before).tokens()[0], "token " + (i - 1));
      before = next;
    }
    assertEquals(expected[expected.length - 1], PlanRig.await(before).tokens()[0]);
  }

  @Test
  void shouldResolveRowsOfThePreviousStepCrosswise() throws Exception {
    int[] first = rig.generate(0, greedy(-1), PROMPT, 2);
    int[] second = rig.generate(1, greedy(-1), OTHER, 2);
    rig.assign(2, greedy(-1), PROMPT, PROMPT.length, 0);
    rig.assign(3, greedy(-1), OTHER, OTHER.length, 0);
    rig.feed(2, PROMPT, 0, PROMPT.length, true, 0);
    rig.feed(3, OTHER, 0, OTHER.length, true, 0);
    StepFuture before = rig.submit();
    rig.batch().addSequence(3, OTHER.length + 1);
    rig.batch().addToken(-2);
    rig.batch().addRow(3, 1, StepBatch.SAMPLE);
    rig.batch().addSequence(2, PROMPT.length + 1);
    rig.batch().addToken(-1);
    rig.batch().addRow(2, 1, StepBatch.SAMPLE);
    StepFuture after = rig.submit();
    StepOutput out = PlanRig.await(before);
    assertArrayEquals(new int[] {first[0], second[0]}, Arrays.copyOf(out.tokens(), 2));
    out = PlanRig.await(after);
    assertArrayEquals(new int[] {second[1], first[1]}, Arrays.copyOf(out.tokens(), 2));
  }

  @Test
  void shouldKeepTheBitsOfASequenceInAnyCompanyAndChunking() throws Exception {
    float[] alone = scores(0, PROMPT.length, false);
    for (int chunk : new int[] {1, 2, 5, 16}) {
      assertArrayEquals(alone, scores(3, chunk, true), "chunks of " + chunk);
    }
  }

  /** Own and alternatives' log-probabilities of every token of the prompt. */
  private float[] scores(int slot, int chunk, boolean company) throws Exception {
    rig.assign(slot, greedy(8), PROMPT, PROMPT.length, 0);
    rig.assign(slot + 1, greedy(8), OTHER, OTHER.length, 0);
    float[] all = new float[(PROMPT.length - 1) * 9];
    int at = 0;
    for (int from = 0; from < PROMPT.length - 1; from += chunk) {
      int to = Math.min(PROMPT.length - 1, from + chunk);
      if (company) {
        rig.feed(slot + 1, OTHER, 0, 1 + from % OTHER.length, false, 0);
      }
      int first = rig.batch().tokens();
      rig.feed(slot, PROMPT, from, to, false, 0);
      for (int i = from; i < to; i++) {
        rig.batch().addScore(first + i - from, i + 1, slot, PROMPT[i + 1]);
      }
      StepOutput out = rig.step();
      for (int r = 0; r < out.rows(); r++) {
        assertEquals(PROMPT[from + r + 1], out.tokens()[r]);
        all[at++] = out.logprobs()[r];
        System.arraycopy(out.topLogprobs(), r * out.maxLogprobs(), all, at, 8);
        at += 8;
      }
    }
    return all;
  }

  @Test
  void shouldDrawTheSameTokensInAnyCompanyAndAfterARecompute() throws Exception {
    int[] expected = rig.generate(0, drawn(42), PROMPT, 24);
    assertNotEquals(
        Arrays.toString(expected), Arrays.toString(rig.generate(0, drawn(43), PROMPT, 24)));
    int[] all = Arrays.copyOf(PROMPT, PROMPT.length + 24);
    System.arraycopy(expected, 0, all, PROMPT.length, 10);
    // As after a preemption: prompt and ten output tokens are computed again at once.
    int known = PROMPT.length + 10;
    rig.assign(4, drawn(42), Arrays.copyOf(all, known), PROMPT.length, 0);
    rig.assign(5, drawn(1), OTHER, OTHER.length, 0);
    rig.feed(5, OTHER, 0, OTHER.length, true, 0);
    rig.feed(4, all, 0, known, true, 10);
    all[known] = rig.step().tokens()[1];
    for (int i = 11; i < 24; i++) {
      rig.feed(4, all, PROMPT.length + i - 1, PROMPT.length + i, true, i);
      all[PROMPT.length + i] = rig.step().tokens()[0];
    }
    assertArrayEquals(expected, Arrays.copyOfRange(all, PROMPT.length, all.length));
  }

  @Test
  void shouldCopyBlocksBeforeComputing() throws Exception {
    int[] expected = rig.generate(0, greedy(-1), PROMPT, 3);
    rig.assign(1, greedy(-1), PROMPT, PROMPT.length, 0);
    rig.feed(1, PROMPT, 0, PROMPT.length, false, 0);
    rig.step();
    // A fork of slot 1 in slot 2: the first block is shared, the second one copied to block 23.
    rig.batch().addCopy(9, 23);
    rig.batch()
        .addAssignment(
            new SlotAssignment(2, greedy(-1), PROMPT, PROMPT.length, PROMPT.length, 0, List.of()));
    rig.batch().addTableUpdate(2, 0, 8);
    rig.batch().addTableUpdate(2, 1, 23);
    rig.feed(2, PROMPT, PROMPT.length - 1, PROMPT.length, true, 0);
    assertEquals(expected[0], rig.step().tokens()[0]);
    rig.batch().addSequence(2, PROMPT.length + 1);
    rig.batch().addToken(expected[0]);
    rig.batch().addRow(2, 1, StepBatch.SAMPLE);
    assertEquals(expected[1], rig.step().tokens()[0]);
  }

  @Test
  void shouldReportAlternativesBestFirst() throws Exception {
    rig.assign(0, greedy(5), PROMPT, PROMPT.length, 0);
    rig.feed(0, PROMPT, 0, PROMPT.length, true, 0);
    StepOutput out = rig.step();
    assertEquals(5, out.topCounts()[0]);
    assertEquals(out.tokens()[0], out.topTokens()[0]);
    assertEquals(out.logprobs()[0], out.topLogprobs()[0]);
    for (int i = 1; i < 5; i++) {
      assertTrue(out.topLogprobs()[i - 1] >= out.topLogprobs()[i]);
      assertTrue(out.topLogprobs()[i] < 0);
    }
    assertFalse(out.invalid()[0]);
  }

  @Test
  void shouldBanEndTokensUntilThereAreEnough() throws Exception {
    int best = rig.generate(0, greedy(-1), PROMPT, 1)[0];
    rig.assign(1, greedy(-1), PROMPT, PROMPT.length, 3, best);
    rig.feed(1, PROMPT, 0, PROMPT.length, true, 2);
    assertNotEquals(best, rig.step().tokens()[0]);
    rig.feed(1, PROMPT, PROMPT.length - 1, PROMPT.length, true, 3);
    assertEquals(best, rig.step().tokens()[0]);
  }

  @Test
  void shouldCountTheTokensItSamples() throws Exception {
    SamplingParams penalised = new SamplingParams(0, 0, 1, 0, 1, 2, 2, Map.of(), 0, -1);
    rig.assign(0, penalised, PROMPT, PROMPT.length, 0);
    rig.feed(0, PROMPT, 0, PROMPT.length, true, 0);
    int first = rig.step().tokens()[0];
    // The same logits again: each time the last choice is 4 lower than before.
    boolean changed = false;
    for (int i = 1; i < 12 && !changed; i++) {
      rig.feed(0, PROMPT, PROMPT.length - 1, PROMPT.length, true, i);
      changed = rig.step().tokens()[0] != first;
    }
    assertTrue(changed, "token " + first + " was never penalised");
  }

  @Test
  void shouldAddBiasBeforeChoosing() throws Exception {
    SamplingParams biased = new SamplingParams(0, 0, 1, 0, 1, 0, 0, Map.of(13, 100f), 0, 1);
    rig.assign(0, biased, PROMPT, PROMPT.length, 0);
    rig.feed(0, PROMPT, 0, PROMPT.length, true, 0);
    StepOutput out = rig.step();
    assertEquals(13, out.tokens()[0]);
    assertTrue(out.logprobs()[0] <= out.topLogprobs()[0], "probabilities are the model's own");
  }

  @Test
  void shouldRefuseNumbersOutOfRangeAndGoOn() throws Exception {
    int expected = rig.generate(0, greedy(-1), PROMPT, 1)[0];
    rig.batch().addSequence(0, 1);
    rig.batch().addToken(TinyModel.VOCABULARY);
    assertThrows(DeviceException.class, rig::submit);
    rig.batch().clear();
    rig.batch().addTableUpdate(0, 0, 1_000_000);
    assertThrows(DeviceException.class, rig::submit);
    rig.batch().clear();
    rig.batch().addCopy(0, -1);
    assertThrows(DeviceException.class, rig::submit);
    rig.batch().clear();
    rig.batch().addSequence(0, 1);
    rig.batch().addToken(-9);
    assertThrows(DeviceException.class, rig::submit);
    rig.batch().clear();
    assertEquals(expected, rig.generate(0, greedy(-1), PROMPT, 1)[0]);
  }

  @Test
  void shouldRunAnEmptyStep() throws Exception {
    assertEquals(0, rig.step().rows());
  }

  @Test
  void shouldRefuseStepsOnceClosed() throws Exception {
    rig.assign(0, greedy(-1), PROMPT, PROMPT.length, 0);
    rig.feed(0, PROMPT, 0, PROMPT.length, true, 0);
    StepFuture last = rig.submit();
    rig.plan().close();
    assertTrue(last.isDone(), "closing waits for the steps in flight");
    assertThrows(LostDeviceException.class, rig::submit);
    rig.plan().close();
  }

  @Test
  void shouldSizeItsCache() {
    assertEquals(16, rig.plan().kvLayout().blockTokens());
    long least = 2L * 16 * 2 * 32 * 2;
    assertTrue(rig.plan().kvLayout().blockBytes() >= least);
    assertTrue(rig.plan().kvMemory() > 0);
    assertThrows(DeviceException.class, () -> rig.plan().allocateKv(1));
  }
}
