package io.quire.gpu.plan;

import io.quire.api.device.PlanOptions;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.gpu.kernel.KernelCheck;
import io.quire.gpu.tune.TunedValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A plan of the tiny model on a fake device. */
final class PlanRig implements AutoCloseable {
  static final PlanOptions OPTIONS = new PlanOptions(320, 8, 64, 16, 2);
  static final int BLOCKS = 32;

  final FakeDriver driver = new FakeDriver();
  final FakeKernels kernels = new FakeKernels();
  final List<String> progress = new ArrayList<>();
  private final PlanOptions options;
  private final int blocks;
  Optional<KernelCheck> check = Optional.empty();
  GpuOptions device = GpuOptions.DEFAULT;
  TunedValues tuned = TunedValues.NONE;
  private Optional<GpuPlan> plan = Optional.empty();

  PlanRig() {
    this(OPTIONS, BLOCKS);
  }

  PlanRig(PlanOptions options, int blocks) {
    this.options = options;
    this.blocks = blocks;
  }

  GpuPlan prepare() {
    TinyModel model = new TinyModel();
    KernelShop shop = new KernelShop(driver, kernels, () -> check, tuned);
    plan =
        Optional.of(
            (GpuPlan)
                new GpuDevice(driver, shop, device, Optional::empty)
                    .prepare(
                        model.graph(),
                        model,
                        options,
                        (stage, done, total) -> progress.add(stage + " " + done + "/" + total)));
    return plan.get();
  }

  /** With a cache. */
  GpuPlan start() {
    prepare().allocateKv(blocks);
    plan().settle();
    driver.launched.clear();
    return plan();
  }

  GpuPlan plan() {
    return plan.orElseThrow();
  }

  /** Each of some sequences from its first slot on feeds its first tokens and samples one. */
  static StepBatch batch(int... lengths) {
    StepBatch batch = new StepBatch(OPTIONS);
    for (int s = 0; s < lengths.length; s++) {
      int[] tokens = new int[lengths[s]];
      batch.addAssignment(
          new SlotAssignment(
              s, SamplingParams.GREEDY, tokens, tokens.length, tokens.length, 0, List.of()));
      for (int i = 0; i * OPTIONS.blockTokens() < lengths[s]; i++) {
        batch.addTableUpdate(s, i, 4 * s + i);
      }
      batch.addSequence(s, lengths[s]);
      batch.addTokens(tokens, 0, lengths[s]);
      batch.addRow(s, 0, StepBatch.SAMPLE);
    }
    return batch;
  }

  static StepOutput await(StepFuture step) throws Exception {
    return step.await(TimeUnit.MINUTES.toNanos(1));
  }

  /** {@return the token that a step of one sequence draws} */
  int token() throws Exception {
    return await(plan().submit(batch(1))).tokens()[0];
  }

  /** {@return how many launches had a kernel of that name} */
  long launches(String entry) {
    return driver.launched.stream().filter(l -> l.entry().equals(entry)).count();
  }

  @Override
  public void close() {
    plan.ifPresent(GpuPlan::close);
  }
}
