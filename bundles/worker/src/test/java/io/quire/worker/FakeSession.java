package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import io.quire.api.device.StepFuture;
import io.quire.api.device.StepOutput;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Value;
import io.quire.worker.fake.FakePlan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.InvalidSyntaxException;

/** A plan on a fake device of a child, and a model that has weights but does not use them. */
final class FakeSession implements AutoCloseable {
  static final long LIMIT = TimeUnit.SECONDS.toNanos(60);
  private static final PlanOptions OPTIONS = new PlanOptions(16, 4, 256, 16, 2);

  private final StepBatch batch = new StepBatch(OPTIONS);
  private final List<String> stages = new ArrayList<>();
  private final ModelFile file;
  private final Plan plan;

  /**
   * Prepares a plan.
   *
   * @param rig for the weights
   * @param device prepares it
   * @param architecture what the device is to do; see the fake device
   */
  FakeSession(WorkerRig rig, Device device, String architecture) throws InvalidSyntaxException {
    file = rig.open("random:llama-tiny?layers=1");
    try {
      plan =
          device.prepare(
              graph(architecture),
              file.weights(),
              OPTIONS,
              (stage, done, total) -> stages.add(stage));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  static FakeSession ready(WorkerRig rig, Device device) throws InvalidSyntaxException {
    FakeSession session = new FakeSession(rig, device, "good");
    session.plan().allocateKv(8);
    return session;
  }

  private static ModelGraph graph(String architecture) {
    ModelGraph.Builder builder = ModelGraph.builder(architecture, FakePlan.VOCABULARY, 256);
    Value rows = builder.takeRows(builder.embed("table", 64, 1));
    return builder.build(builder.linear(rows, "head", FakePlan.VOCABULARY));
  }

  Plan plan() {
    return plan;
  }

  /** {@return the stages of the preparation} */
  List<String> stages() {
    return List.copyOf(stages);
  }

  /** Submits a step of one token. */
  StepFuture submit(int token) {
    batch.clear();
    batch.addSequence(0, 1);
    batch.addToken(token);
    batch.addRow(0, 0, StepBatch.SAMPLE);
    return plan.submit(batch);
  }

  /** Runs a step of one token; whether its output is right. */
  boolean step(int token) throws Exception {
    StepOutput output = submit(token).await(LIMIT);
    StepOutput expected = new StepOutput(OPTIONS);
    FakePlan.compute(batch, expected);
    return output.rows() == 1 && output.tokens()[0] == expected.tokens()[0];
  }

  /** Runs steps until the device is lost, and returns the loss. */
  LostDeviceException untilLost() throws Exception {
    try {
      for (int i = 0; ; i = (i + 1) % 900) {
        if (!step(i)) {
          throw new AssertionError("the output of token " + i + " is wrong");
        }
      }
    } catch (LostDeviceException e) {
      return e;
    }
  }

  @Override
  public void close() {
    plan.close();
    file.close();
  }
}
