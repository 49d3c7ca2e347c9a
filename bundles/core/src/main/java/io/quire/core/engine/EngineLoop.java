package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.device.LostDeviceException;
import io.quire.api.engine.EngineException;
import io.quire.api.schedule.Scheduler;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The loop of one served model. {@link #step} is all it does: take in what others ask for, submit
 * the next step of each lane, and while it runs hand out what the step before has brought.
 *
 * <p>One thread calls it: {@link LoopThread}, or a test or benchmark that drives it itself.
 */
final class EngineLoop implements Lane.Owner {
  private static final Logger LOG = System.getLogger(EngineLoop.class.getName());

  private final EngineParts parts;
  private final Mailbox mailbox;
  private final HandOver out;
  private final LoopStatus status;
  private final Consumer<ActiveRequest> onStart;
  private final List<Lane> lanes = new ArrayList<>();

  /** Plans without a lane, for lack of a block manager. */
  private final List<LaneOffer> idleOffers = new ArrayList<>();

  /** Sequences without a lane. */
  private final List<EngineSequence> homeless = new ArrayList<>();

  private Optional<Supplier<Lease<Scheduler>>> schedulers;
  private Optional<Supplier<Lease<BlockManager>>> blockManagers;
  private long nextId;
  private boolean stopped;

  EngineLoop(
      EngineParts parts,
      Mailbox mailbox,
      HandOver out,
      LoopStatus status,
      Consumer<ActiveRequest> onStart) {
    this.parts = parts;
    this.mailbox = mailbox;
    this.out = out;
    this.status = status;
    this.onStart = onStart;
    this.schedulers = Optional.of(parts.schedulers());
    this.blockManagers = Optional.of(parts.blockManagers());
  }

  /**
   * One step.
   *
   * @return whether there was anything to do
   * @throws InterruptedException if the thread is interrupted while it waits for a device
   */
  boolean step() throws InterruptedException {
    boolean moved = applyCommands();
    for (int i = lanes.size() - 1; i >= 0; i--) {
      moved |= step(lanes.get(i));
    }
    expireHomeless();
    out.flush();
    status.publish(lanes, !homeless.isEmpty(), moved);
    return moved;
  }

  private boolean step(Lane lane) throws InterruptedException {
    try {
      boolean launched = lane.launch();
      return lane.finish(launched) | launched;
    } catch (LostDeviceException e) {
      lose(lane, e);
    } catch (RuntimeException e) {
      repair(lane, e);
    }
    return true;
  }

  private boolean applyCommands() throws InterruptedException {
    boolean any = false;
    for (Command c = mailbox.poll(); c != null; c = mailbox.poll()) {
      any = true;
      try {
        apply(c);
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "the engine could not do as it was told: " + c, e);
      }
    }
    return any;
  }

  private void apply(Command command) throws InterruptedException {
    switch (command) {
      case Command.Submit c -> submit(c.request());
      case Command.Cancel c -> cancel(c.request());
      case Command.Ended c -> endChoice(c.request(), c.choice());
      case Command.AddLane c -> open(c.offer());
      case Command.RemoveLane c -> remove(c.offer());
      case Command.UseSchedulers c -> useSchedulers(c.source());
      case Command.NoSchedulers c -> schedulers = Optional.empty();
      case Command.UseBlockManagers c -> useBlockManagers(c.source());
      case Command.NoBlockManagers c -> blockManagers = Optional.empty();
      case Command.Stop c -> stopped = true;
    }
  }

  boolean stopped() {
    return stopped;
  }

  List<Lane> lanes() {
    return lanes;
  }

  // Requests

  private void submit(ActiveRequest request) {
    EngineSequence sequence = new EngineSequence(nextId(), request);
    request.sequences[0] = sequence;
    house(sequence);
  }

  /** Gives a sequence to the lane with most room, if there is a lane. */
  private void house(EngineSequence sequence) {
    Lane best = lanes.isEmpty() ? null : lanes.getFirst();
    for (int i = 1; i < lanes.size(); i++) {
      best = lanes.get(i).room() > best.room() ? lanes.get(i) : best;
    }
    if (best == null) {
      homeless.add(sequence);
    } else if (sequence.limit > best.capacity()) {
      fail(sequence.request, tooLarge(sequence, best));
    } else {
      add(sequence, best);
    }
  }

  private void add(EngineSequence sequence, Lane lane) {
    try {
      lane.add(sequence);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "device " + lane.offer.device() + " takes no sequence", e);
      String id = sequence.request.request.id();
      fail(
          sequence.request,
          new EngineException(
              EngineException.Kind.INTERNAL, "", 0, "request " + id + " was not taken: " + e));
    }
  }

  private static EngineException tooLarge(EngineSequence sequence, Lane lane) {
    return new EngineException(
        EngineException.Kind.INTERNAL,
        "",
        0,
        Message.of(
            "request %s needs room for %d tokens, but the KV cache on device %s, where it was moved"
                + " to, holds %d; raise kv.memory",
            sequence.request.request.id(), sequence.limit, lane.offer.device(), lane.capacity()));
  }

  private void cancel(ActiveRequest request) {
    if (!request.over) {
      drop(request);
      out.current().addAbort(request.output.choice(0));
    }
  }

  @Override
  public void fail(ActiveRequest request, EngineException error) {
    if (!request.over) {
      drop(request);
      out.current().addFail(request.output.choice(0), error);
    }
  }

  private void drop(ActiveRequest request) {
    request.over = true;
    started(request);
    for (EngineSequence sequence : request.sequences) {
      if (sequence != null) {
        end(sequence);
      }
    }
  }

  private void endChoice(ActiveRequest request, int choice) {
    end(request.sequences[choice]);
  }

  private void end(EngineSequence sequence) {
    if (sequence.lane != null) {
      sequence.lane.end(sequence);
    } else if (sequence.state != EngineSequence.State.ENDED) {
      homeless.remove(sequence);
      sequence.end();
    }
  }

  @Override
  public long nextId() {
    return nextId++;
  }

  @Override
  public void started(ActiveRequest request) {
    if (!request.dequeued) {
      request.dequeued = true;
      onStart.accept(request);
    }
  }

  private void expireHomeless() {
    if (homeless.isEmpty() || !status.waitedTooLong()) {
      return;
    }
    for (EngineSequence sequence : new ArrayList<>(homeless)) {
      fail(
          sequence.request,
          new EngineException(
              EngineException.Kind.UNAVAILABLE,
              "",
              LoopStatus.RETRY_SECONDS,
              Message.of(
                  "request %s has waited %d s for a device; none has come. Try again later",
                  sequence.request.request.id(), parts.options().deviceWait().toSeconds())));
    }
  }

  // Lanes

  private void open(LaneOffer offer) {
    Optional<Lease<BlockManager>> cache = blockManagers.flatMap(EngineLoop::lease);
    if (cache.isEmpty()) {
      idleOffers.add(offer);
      return;
    }
    try {
      Lane lane = new Lane(offer, parts, this, out, status.counters(), cache.get());
      lane.use(scheduler());
      lanes.add(lane);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "no lane on device " + offer.device() + ": its policies refuse", e);
      idleOffers.add(offer);
    }
    rehouse();
  }

  private Lease<Scheduler> scheduler() {
    return schedulers.flatMap(EngineLoop::lease).orElseGet(ParkedScheduler::lease);
  }

  private static <T> Optional<Lease<T>> lease(Supplier<Lease<T>> source) {
    try {
      return Optional.of(source.get());
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "a scheduler or block manager could not be had; lanes wait", e);
      return Optional.empty();
    }
  }

  /** Sequences without a lane find one, in the order of their arrival. */
  private void rehouse() {
    List<EngineSequence> all = new ArrayList<>(homeless);
    homeless.clear();
    all.sort(
        Comparator.comparingLong(EngineSequence::arrival).thenComparingLong(EngineSequence::id));
    all.forEach(this::house);
  }

  /** Its device has failed: no token of a step in flight is used. */
  private void lose(Lane lane, LostDeviceException cause) {
    LOG.log(
        Level.WARNING,
        "device {0} is lost, its sequences wait for another: {1}",
        lane.offer.device(),
        cause.getMessage());
    dissolve(lane);
    lane.offer.ended().ended(String.valueOf(cause.getMessage()), true);
    rehouse();
  }

  /** Its device leaves: what is in flight counts. */
  private void remove(LaneOffer offer) throws InterruptedException {
    if (idleOffers.remove(offer)) {
      offer.ended().ended("removed", false);
      return;
    }
    for (Lane lane : List.copyOf(lanes)) {
      if (lane.offer == offer && settle(lane)) {
        dissolve(lane);
        offer.ended().ended("removed", false);
        rehouse();
      }
    }
  }

  /** {@return false if the device was lost meanwhile, and the lane with it} */
  private boolean settle(Lane lane) throws InterruptedException {
    try {
      lane.settle();
      return true;
    } catch (LostDeviceException e) {
      lose(lane, e);
    } catch (RuntimeException e) {
      lose(lane, new LostDeviceException("its steps cannot be ended: " + e, e));
    }
    return false;
  }

  private void dissolve(Lane lane) {
    lanes.remove(lane);
    status.retire(lane);
    for (EngineSequence sequence : lane.dissolve()) {
      homeless.add(sequence);
    }
  }

  /** An error that should not be: whom it touched fails, and the lane starts afresh. */
  private void repair(Lane lane, RuntimeException cause) throws InterruptedException {
    LOG.log(Level.ERROR, "a step on device " + lane.offer.device() + " failed", cause);
    lane.failMembers(cause);
    if (settle(lane)) {
      dissolve(lane);
      open(lane.offer);
    }
  }

  private void useSchedulers(Supplier<Lease<Scheduler>> source) throws InterruptedException {
    schedulers = Optional.of(source);
    for (Lane lane : List.copyOf(lanes)) {
      try {
        lane.use(scheduler());
      } catch (RuntimeException e) {
        repair(lane, e);
      }
    }
  }

  /** Another manager knows nothing of the blocks in use: all is computed again. */
  private void useBlockManagers(Supplier<Lease<BlockManager>> source) throws InterruptedException {
    blockManagers = Optional.of(source);
    List<LaneOffer> offers = new ArrayList<>(idleOffers);
    idleOffers.clear();
    for (Lane lane : List.copyOf(lanes)) {
      if (settle(lane)) {
        dissolve(lane);
        offers.add(lane.offer);
      }
    }
    offers.forEach(this::open);
  }

  /** Ends what is left: requests fail, plans are let go. Called once, after the last step. */
  void terminate(Iterable<ActiveRequest> requests, boolean interrupted) {
    for (ActiveRequest request : requests) {
      fail(
          request,
          new EngineException(
              EngineException.Kind.UNAVAILABLE,
              "",
              LoopStatus.RETRY_SECONDS,
              Message.of(
                  "request %s ends early: model %s stops",
                  request.request.id(), parts.model().name())));
    }
    for (Lane lane : List.copyOf(lanes)) {
      lane.offer.ended().ended("stopped", interrupted && lane.inFlight());
      dissolve(lane);
    }
    idleOffers.forEach(o -> o.ended().ended("stopped", false));
    idleOffers.clear();
    out.finish();
    status.publish(lanes, false, false);
  }
}
