package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.KvLayout;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import io.quire.worker.control.Message;
import io.quire.worker.ring.Loss;
import io.quire.worker.ring.Ring;
import io.quire.worker.ring.StepClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A device that lives in a child process. */
final class WorkerDevice implements Device {
  private final DeviceInfo info;
  private final Line line;

  /**
   * What a device and its plans need of their child.
   *
   * @param child to speak to
   * @param loss whether it is lost
   * @param heartbeats watch it
   * @param rings where files of rings are made
   * @param sleep how threads wait for it
   * @param leave how long a plan may take to close
   */
  record Line(
      Conversation child,
      Loss loss,
      Heartbeats heartbeats,
      Path rings,
      Ring.Sleep sleep,
      Duration leave) {}

  WorkerDevice(DeviceInfo info, Line line) {
    this.info = info;
    this.line = line;
  }

  @Override
  public DeviceInfo info() {
    return info;
  }

  @Override
  public Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress) {
    line.loss().check();
    if (weights.location().isEmpty()) {
      throw new DeviceException(
          "device "
              + info.id()
              + " lives in a worker process, which must open the model itself, but its weights are"
              + " only in this process. Open the model from a file, or set worker=in-process in "
              + WorkerConfig.PID);
    }
    long number = line.child().number();
    Path file = line.rings().resolve("ring-" + number);
    Ring ring = create(file, options);
    try {
      var request =
          new Message.Prepare(number, graph, weights.location(), options, file.toString());
      KvLayout layout =
          line.child().ask(request, progress) instanceof Message.Prepared prepared
              ? prepared.layout()
              : new KvLayout(options.blockTokens(), 0);
      StepClient steps = new StepClient(ring, options, graph.vocabularySize(), line.loss());
      return new WorkerPlan(number, layout, ring, steps, line);
    } catch (RuntimeException e) {
      ring.close();
      throw e;
    } finally {
      // The child has deleted it, unless it failed before.
      delete(file);
    }
  }

  private Ring create(Path file, PlanOptions options) {
    try {
      return Ring.create(file, options, line.sleep());
    } catch (IOException e) {
      throw new DeviceException(
          "device "
              + info.id()
              + " lives in a worker process, but there is no memory to share with it: "
              + e.getMessage()
              + ". Make room in "
              + line.rings().getParent()
              + ", lower max.num.batched.tokens, or set worker=in-process in "
              + WorkerConfig.PID,
          e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException ignored) {
      // It goes with its folder.
    }
  }
}
