package io.quire.gpu.plan;

import io.quire.api.device.CommandQueue;
import io.quire.api.device.Device;
import io.quire.api.device.DeviceBuffer;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceException;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.PlanOptions;
import io.quire.api.model.AttentionSpec;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Op;
import io.quire.api.model.Value;
import io.quire.api.model.Weights;
import io.quire.gpu.tune.WarmUpTuner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes a plan: from a graph to memory and kernels. One use, one thread. */
final class Preparation {
  /** The type of activations and of the cache. */
  private static final String ELEMENT = "bf16";

  /** Rows of logits that are computed at a time, if the sequences are fewer. */
  private static final int LEAST_ROUND = 64;

  /** Rows that kernels for few rows are made for, where weights travel far. */
  static final List<Integer> BUCKETS = List.of(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024);

  /** The same where device and host share memory: there compiling costs more than it gains. */
  private static final List<Integer> FEW_BUCKETS = List.of(1, 8);

  private final DeviceDriver driver;
  private final KernelShop shop;
  private final GpuOptions device;
  private final ModelGraph graph;
  private final Weights weights;
  private final PlanOptions options;
  private final Device.Progress progress;

  Preparation(
      DeviceDriver driver,
      KernelShop shop,
      GpuOptions device,
      ModelGraph graph,
      Weights weights,
      PlanOptions options,
      Device.Progress progress) {
    this.driver = driver;
    this.shop = shop;
    this.device = device;
    this.graph = graph;
    this.weights = weights;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Makes the plan.
   *
   * @param tuner finds values for its kernels before they are compiled
   */
  GpuPlan plan(Optional<WarmUpTuner> tuner) {
    CommandQueue queue = driver.queue();
    DeviceMemory memory = new DeviceMemory(driver, queue);
    List<AutoCloseable> started = new ArrayList<>(List.of(queue, memory));
    try {
      return plan(memory, started, tuner);
    } catch (RuntimeException e) {
      Closing.all(started);
      throw e;
    }
  }

  /** Adds to the list what must be closed if the rest does not succeed. */
  private GpuPlan plan(
      DeviceMemory memory, List<AutoCloseable> started, Optional<WarmUpTuner> tuner) {
    Prepared.Model model = lower(memory);
    Programs compiler = new Programs(shop, driver.info(), model.stages());
    tuner.ifPresent(t -> compiler.tune(t, progress));
    Map<Demand, Program> programs = compiler.make(progress);
    programs.values().forEach(program -> started.add(program.kernels()));
    Prepared parts =
        new Prepared(memory, model, new KvMemory(layers(), options), programs, compiler);
    return new GpuPlan(parts, options, device, progress);
  }

  /** Places weights and values, and makes the stages that compute with them. */
  private Prepared.Model lower(DeviceMemory memory) {
    int round = Math.min(options.maxRows(), Math.max(options.maxSequences(), LEAST_ROUND));
    StepArea area = new StepArea(options, round, memory);
    Results results = new Results(options, round, memory);
    SamplingState sampling = new SamplingState(options, graph.vocabularySize(), memory);
    TableMirror table = new TableMirror(options);
    // One row more than there are slots: that of padding.
    DeviceBuffer blocks = memory.zeros(4L * (options.maxSequences() + 1L) * table.stride());
    DeviceBuffer assigned = memory.zeros(4L * options.maxSequenceLength());
    Calls calls = new Calls(ELEMENT, options.maxTokens(), options.maxSequences(), round, buckets());
    List<Node> nodes = Fusion.nodes(graph);
    MemoryPlan places = new MemoryPlan(nodes, value -> bytes(value, calls));
    // Zeros, so that no kernel ever meets a number that is not one.
    DeviceBuffer values = memory.zeros(places.bytes());
    Lowering.StepBuffers step = buffers(area, blocks, table, round);
    WeightStore store = new WeightStore(weights, memory);
    Lowering lowering = new Lowering(graph, store, options, calls, step, places, values);
    List<Stage> tokens = new ArrayList<>();
    List<Stage> logits = new ArrayList<>();
    try {
      int done = 0;
      for (Node node : nodes) {
        (node.rows() == Value.Rows.TOKENS ? tokens : logits).addAll(lowering.stages(node));
        progress.report("weights", ++done, nodes.size());
      }
      store.finish();
    } finally {
      store.release();
    }
    FixedCalls.Buffers fixed =
        new FixedCalls.Buffers(
            area, step.ids(), blocks, table.stride(), assigned, lowering.logits(), round);
    return new Prepared.Model(
        graph.vocabularySize(),
        round,
        area,
        table,
        results,
        sampling,
        assigned,
        tokens,
        logits,
        FixedCalls.of(calls, fixed, sampling, results));
  }

  private List<Integer> buckets() {
    boolean shared = Boolean.TRUE.equals(driver.info().properties().get(DeviceInfo.MEMORY_SHARED));
    if (shared) {
      return FEW_BUCKETS;
    }
    List<Integer> all = new ArrayList<>(BUCKETS);
    if (options.maxTokens() > BUCKETS.getLast()) {
      all.add(options.maxTokens());
    }
    return all;
  }

  private long bytes(Value value, Calls calls) {
    return Math.multiplyExact(
        Math.multiplyExact((long) calls.rows(value), value.width()), Precision.bytes(value, graph));
  }

  private Lowering.StepBuffers buffers(
      StepArea area, DeviceBuffer blocks, TableMirror table, int round) {
    int tokens = options.maxTokens();
    int sequences = options.maxSequences();
    return new Lowering.StepBuffers(
        area.slice(area.ids, tokens),
        area.slice(area.positions, tokens),
        area.slice(area.cacheSlots, tokens),
        area.slice(area.queryStart, sequences + 1),
        area.slice(area.seqLens, sequences),
        area.slice(area.seqSlots, sequences),
        area.slice(area.rowTokens, round),
        blocks,
        table.stride());
  }

  /** The attention of each layer, whose numbers must be 0, 1, 2 and so on. */
  private List<AttentionSpec> layers() {
    TreeMap<Integer, AttentionSpec> found = new TreeMap<>();
    for (Op op : graph.ops()) {
      if (op instanceof Op.Attention attention
          && Optional.ofNullable(found.put(attention.layer(), attention.spec())).isPresent()) {
        throw new DeviceException("the graph has layer " + attention.layer() + " twice");
      }
    }
    if (!found.isEmpty() && found.lastKey() != found.size() - 1) {
      throw new DeviceException("the graph's layers are numbered " + found.keySet());
    }
    return List.copyOf(found.values());
  }
}
