package io.quire.gpu.plan;

import io.quire.api.device.DeviceDriver;
import io.quire.gpu.kernel.Arguments;
import io.quire.gpu.kernel.KernelProgram;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Binds a plan's calls to kernels. */
final class KernelSets {
  private final DeviceDriver driver;
  private final Prepared.Model model;
  private final KvMemory kv;

  KernelSets(DeviceDriver driver, Prepared.Model model, KvMemory kv) {
    this.driver = driver;
    this.model = model;
    this.kv = kv;
  }

  /**
   * Binds what has changed and takes over the rest.
   *
   * @param programs kernels that make every stage possible
   * @param before an earlier set, if there is one
   * @return the set; the zeros of its scratch memory are still to be filled in if that is new
   * @throws io.quire.api.device.DeviceException if there is no memory, or a kernel takes arguments
   *     that are not there; then nothing has changed
   */
  KernelSet make(Map<Demand, Program> programs, Optional<KernelSet> before) {
    List<Call> calls = new ArrayList<>();
    for (Stage stage : model.stages()) {
      stage.calls().stream().filter(c -> programs.containsKey(c.demand())).forEach(calls::add);
    }
    Scratch.Need need = before.map(set -> set.scratch().size()).orElse(Scratch.Need.LEAST);
    for (Call call : calls) {
      need = need.and(Scratch.Need.of(pieces(call, programs)));
    }
    boolean kept = before.isPresent() && before.get().scratch().suffices(need);
    Scratch scratch = kept ? before.get().scratch() : Scratch.allocate(driver, need);
    try {
      IdentityHashMap<Call, BoundStage.One> bound = new IdentityHashMap<>();
      for (Call call : calls) {
        boolean same = kept && alike(before.get(), call, programs);
        bound.put(call, same ? before.get().calls().get(call) : bind(call, programs, scratch));
      }
      return set(programs, bound, scratch);
    } catch (RuntimeException e) {
      if (!kept) {
        scratch.buffers().forEach(Closing::one);
      }
      throw e;
    }
  }

  private static boolean alike(KernelSet before, Call call, Map<Demand, Program> programs) {
    return before.calls().containsKey(call)
        && before.programs().get(call.demand()) == programs.get(call.demand());
  }

  private static List<KernelProgram.Scratch> pieces(Call call, Map<Demand, Program> programs) {
    return programs.get(call.demand()).kernels().scratch(call.greatest(), call.arguments());
  }

  private BoundStage.One bind(Call call, Map<Demand, Program> programs, Scratch scratch) {
    Arguments arguments = call.arguments().copy();
    call.layer().ifPresent(layer -> kv.offer(layer, arguments));
    scratch.offer(pieces(call, programs), arguments);
    return new BoundStage.One(
        programs.get(call.demand()).kernels().bind(arguments), call.rowFactor());
  }

  private KernelSet set(
      Map<Demand, Program> programs, IdentityHashMap<Call, BoundStage.One> bound, Scratch scratch) {
    FixedCalls fixed = model.fixed();
    return new KernelSet(
        programs,
        bound,
        scratch,
        BoundStage.bind(model.tokenStages(), bound),
        BoundStage.bind(model.logitStages(), bound),
        bound.get(fixed.resolve()),
        bound.get(fixed.update()),
        bound.get(fixed.assign()),
        bound.get(fixed.sample()));
  }
}
