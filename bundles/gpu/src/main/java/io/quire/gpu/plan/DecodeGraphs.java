package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue.CapturedGraph;
import io.quire.api.device.Device;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.PlanOptions;
import io.quire.api.device.StepBatch;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Decode steps as graphs that are captured once and replayed: one call for all copies and launches
 * of a step. There is one for each bucket, for each flight, whose memory it copies from and to, and
 * for results with and without alternatives. Once a capture has failed there are no further ones.
 */
final class DecodeGraphs {
  private static final System.Logger LOG = System.getLogger(DecodeGraphs.class.getName());
  private static final int WAYS = 2;

  private final Prepared parts;
  private final Launches launches;
  private final Flight[] flights;
  private final int ways;
  private final Buckets buckets;
  private final Padding padding;
  private final List<Optional<CapturedGraph>> graphs;
  private boolean on;

  /**
   * Takes what is captured; nothing is yet.
   *
   * @param parts of the plan, with its cache
   * @param options the plan's sizes
   * @param launches queues steps
   * @param flights memory of steps
   * @param on whether graphs are wanted
   */
  DecodeGraphs(
      Prepared parts, PlanOptions options, Launches launches, Flight[] flights, boolean on) {
    this.parts = parts;
    this.launches = launches;
    this.flights = flights;
    this.on = on;
    ways = options.maxLogprobs() > 0 ? WAYS : 1;
    buckets = new Buckets(options);
    padding = new Padding(parts.model().area(), options, parts.kv().paddingBlock(), buckets.most());
    graphs =
        new ArrayList<>(
            Collections.nCopies(buckets.count() * flights.length * WAYS, Optional.empty()));
  }

  /**
   * Captures every graph there can be; none if one fails.
   *
   * @param kernels to launch
   * @param progress told of each
   */
  void captureAll(KernelSet kernels, Device.Progress progress) {
    int all = buckets.count() * flights.length * ways;
    int done = 0;
    for (int bucket = 0; bucket < buckets.count(); bucket++) {
      for (int turn = 0; turn < flights.length; turn++) {
        for (int way = 0; way < ways; way++) {
          if (!on || !capture(bucket, turn, way > 0, kernels)) {
            clear().forEach(Closing::one);
            return;
          }
          progress.report("graphs", ++done, all);
        }
      }
    }
  }

  /**
   * Queues a step, what {@link Launches#begin} brings excepted, if there is a graph for it.
   *
   * @param batch any step
   * @param turn which flight it takes
   * @param alternatives whether its results have some
   * @return whether it is queued
   */
  boolean replay(StepBatch batch, int turn, boolean alternatives) {
    if (!takes(batch)) {
      return false;
    }
    int bucket = buckets.index(batch.sequences());
    Optional<CapturedGraph> graph = graphs.get(place(bucket, turn, alternatives));
    if (graph.isPresent()) {
      padding.fill(batch, parts.model().table(), flights[turn], buckets.size(bucket));
      graph.get().replay();
    }
    return graph.isPresent();
  }

  /**
   * Captures the graph that a step had use for. That step was launched kernel by kernel: so the
   * device is busy meanwhile, and kernels that are new to it have run once.
   *
   * @param batch any step that was not replayed
   * @param turn which flight it took
   * @param alternatives whether its results have some
   * @param kernels to launch
   */
  void captureFor(StepBatch batch, int turn, boolean alternatives, KernelSet kernels) {
    if (takes(batch)) {
      capture(buckets.index(batch.sequences()), turn, alternatives, kernels);
    }
  }

  /** Whether it is one token, one sampled row and at most one table update a sequence. */
  private boolean takes(StepBatch batch) {
    int sequences = batch.sequences();
    if (!on
        || sequences == 0
        || sequences > buckets.most()
        || batch.tokens() != sequences
        || batch.rows() != sequences
        || batch.tableUpdateCount() > sequences) {
      return false;
    }
    int[] targets = batch.rowTargets();
    for (int r = 0; r < sequences; r++) {
      if (targets[r] != StepBatch.SAMPLE) {
        return false;
      }
    }
    return true;
  }

  private int place(int bucket, int turn, boolean alternatives) {
    return (bucket * flights.length + turn) * WAYS + (alternatives ? 1 : 0);
  }

  /** Captures one graph; whether that is possible decides about all further ones. */
  private boolean capture(int bucket, int turn, boolean alternatives, KernelSet kernels) {
    String device = parts.memory().driver().info().id();
    try {
      Optional<CapturedGraph> graph =
          parts
              .memory()
              .queue()
              .capture(() ->
                  launches.decode(buckets.size(bucket), flights[turn], kernels, alternatives));
      graphs.set(place(bucket, turn, alternatives), graph);
      on = graph.isPresent();
      if (!on) {
        LOG.log(Level.INFO, "device {0} captures no graphs: kernels are launched singly", device);
      }
    } catch (LostDeviceException e) {
      throw e;
    } catch (RuntimeException e) {
      on = false;
      LOG.log(
          Level.WARNING,
          "device " + device + " failed to capture a step: kernels are launched singly from now on",
          e);
    }
    return on;
  }

  /** {@return what is to be closed once no step in flight replays it; there are no graphs then} */
  List<AutoCloseable> clear() {
    List<AutoCloseable> all = new ArrayList<>();
    graphs.forEach(graph -> graph.ifPresent(all::add));
    Collections.fill(graphs, Optional.empty());
    return all;
  }
}
