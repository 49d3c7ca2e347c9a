package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.cache.CacheOptions;
import io.quire.api.cache.CacheStats;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.StepOutput;
import io.quire.api.engine.Engine.LaneInfo;
import io.quire.api.engine.EngineException;
import io.quire.api.schedule.Schedule;
import io.quire.api.schedule.Scheduler;
import io.quire.api.schedule.SchedulerLimits;
import io.quire.api.schedule.Sequence;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The model on one device: its plan, its KV blocks, its slots, and the sequences that run there.
 *
 * <p>Steps overlap: while step N runs, step N + 1 is scheduled and submitted, with the tokens of
 * step N standing in it as row numbers. Since steps of a plan run in order, whatever a sequence
 * holds can be given back as soon as the last step that uses it is submitted: the next owner's step
 * comes after it.
 */
final class Lane {
  /** The loop, as a lane sees it. */
  interface Owner {
    /** {@return a number for a new sequence} */
    long nextId();

    /** A request takes part in a step for the first time. */
    void started(ActiveRequest request);

    /** A request cannot go on. */
    void fail(ActiveRequest request, EngineException error);
  }

  private static final Logger LOG = System.getLogger(Lane.class.getName());

  final LaneOffer offer;
  private final EngineOptions options;
  private final Owner owner;
  private final Counters counters;
  private final StepIntake intake;
  private final Lease<BlockManager> blockLease;
  private final BlockManager blocks;
  private final SlotPool slots;
  private final Flight[] flights;
  private final Schedule schedule = new Schedule();
  private final List<EngineSequence> members = new ArrayList<>();
  private Lease<Scheduler> schedulerLease = ParkedScheduler.lease();
  private Scheduler scheduler = schedulerLease.value();
  private Flight previous;
  private Flight latest;
  private int nextFlight;
  private long steps;

  Lane(
      LaneOffer offer,
      EngineParts parts,
      Owner owner,
      HandOver out,
      Counters counters,
      Lease<BlockManager> cache) {
    this.offer = offer;
    this.options = parts.options();
    this.owner = owner;
    this.counters = counters;
    this.intake = new StepIntake(this, owner, out, counters, parts.model().vocabularySize());
    this.blockLease = cache;
    this.blocks = cache.value();
    this.slots = new SlotPool(options.maxSequences());
    this.flights =
        new Flight[] {new Flight(options.planOptions()), new Flight(options.planOptions())};
    blocks.open(
        new CacheOptions(
            offer.blocks(), options.blockTokens(), options.prefixSharing(), options.cacheSalt()));
  }

  /** Another scheduler takes over between two steps; running sequences keep their blocks. */
  void use(Lease<Scheduler> next) {
    next.value().open(new SchedulerLimits(options.maxTokens(), options.maxSequences()), blocks);
    // The old one knows their order; whom it has forgotten, the members know.
    Set<Sequence> all = new LinkedHashSet<>(scheduler.sequences());
    all.addAll(members);
    for (Sequence sequence : all) {
      EngineSequence ours = (EngineSequence) sequence;
      if (ours.lane == this && ours.state != EngineSequence.State.FINISHING) {
        next.value().add(ours);
      }
    }
    schedulerLease.release().run();
    schedulerLease = next;
    scheduler = next.value();
  }

  /** Takes a sequence in that has nothing computed. */
  void add(EngineSequence sequence) {
    join(sequence);
    // A scored prompt is computed whole, every position: it shares nothing with others.
    String salt =
        sequence.scoring
            ? "scored:" + sequence.id()
            : "shared:" + sequence.request.request.cacheSalt();
    sequence.setBlocks(blocks.table(salt));
    scheduler.add(sequence);
  }

  private void join(EngineSequence sequence) {
    sequence.lane = this;
    sequence.member = members.size();
    members.add(sequence);
  }

  private void part(EngineSequence sequence) {
    EngineSequence last = members.removeLast();
    if (last != sequence) {
      members.set(sequence.member, last);
      last.member = sequence.member;
    }
    sequence.lane = null;
  }

  /** {@return whether there was a next step to schedule and submit} */
  boolean launch() {
    scheduler.schedule(schedule);
    unseatPreempted();
    if (schedule.size() == 0) {
      return false;
    }
    Flight flight = flights[nextFlight];
    build(flight);
    try {
      flight.submit(offer.plan());
    } catch (LostDeviceException e) {
      throw e;
    } catch (RuntimeException e) {
      failScheduled(e);
      return false;
    }
    nextFlight = 1 - nextFlight;
    previous = latest;
    latest = flight;
    advance(flight);
    return true;
  }

  private void unseatPreempted() {
    List<Sequence> preempted = schedule.preempted();
    for (int i = 0; i < preempted.size(); i++) {
      EngineSequence sequence = (EngineSequence) preempted.get(i);
      slots.give(sequence.slotIds);
      sequence.preempted();
      sequence.request.unseat();
      counters.preemptions.add(1);
    }
  }

  private void build(Flight flight) {
    flight.clear();
    flight.addCopies(blocks);
    for (int i = 0; i < schedule.size(); i++) {
      EngineSequence sequence = (EngineSequence) schedule.sequence(i);
      if (sequence.state == EngineSequence.State.WAITING) {
        seat(sequence, flight);
      }
      int missing = sequence.promptLength() - sequence.computed();
      counters.promptTokens.add(Math.clamp(missing, 0, schedule.tokens(i)));
      flight.add(i, schedule);
    }
  }

  private void seat(EngineSequence sequence, Flight flight) {
    sequence.slotIds = slots.take(sequence.slots());
    sequence.state = EngineSequence.State.SEATED;
    sequence.blocks().markDirty();
    sequence.reserveTokens();
    ActiveRequest request = sequence.request;
    request.seat();
    if (request.startedNanos == 0) {
      request.cachedTokens = sequence.computed();
      owner.started(request);
    }
    for (int i = 0; i < sequence.slotIds.length; i++) {
      flight.batch.addAssignment(sequence.assignment(i));
    }
  }

  /** The step is on its way: sequences are as far as it will bring them. */
  private void advance(Flight flight) {
    for (int i = 0; i < schedule.size(); i++) {
      EngineSequence sequence = (EngineSequence) schedule.sequence(i);
      sequence.setComputed(sequence.computed() + schedule.tokens(i));
      commit(sequence);
      int row = flight.sampleRow(i);
      if (row >= 0) {
        if (sequence.forks()) {
          fork(sequence, flight, row);
        }
        await(sequence, row);
      } else if (sequence.computed() >= sequence.limit) {
        leave(sequence);
      }
    }
  }

  private void commit(EngineSequence sequence) {
    int blockTokens = options.blockTokens();
    int full = Math.min(sequence.computed(), sequence.knownLength()) / blockTokens;
    if (full > sequence.committedBlocks && options.prefixSharing()) {
      blocks.commit(sequence.blocks(), sequence.tokens(), full * blockTokens);
      sequence.committedBlocks = full;
    }
  }

  /** The rows after {@code row} are first tokens of further choices of the same prompt. */
  private void fork(EngineSequence parent, Flight flight, int row) {
    ActiveRequest request = parent.request;
    for (int i = 1; i < request.sequences.length; i++) {
      EngineSequence child = parent.fork(owner.nextId(), i);
      request.sequences[i] = child;
      request.seat();
      join(child);
      flight.own(row + i, child, Flight.SAMPLED);
      child.setBlocks(blocks.fork(parent.blocks()));
      child.blocks().markDirty();
      if (await(child, row + i)) {
        scheduler.add(child);
      }
    }
    parent.forked();
  }

  /** {@return whether the sequence goes on after the token that is now in flight} */
  private boolean await(EngineSequence sequence, int row) {
    if (sequence.onLastToken()) {
      leave(sequence);
      return false;
    }
    sequence.await(row);
    return true;
  }

  /** No further step computes anything for it; what it holds is free for the next step's use. */
  private void leave(EngineSequence sequence) {
    giveBack(sequence);
    sequence.state = EngineSequence.State.FINISHING;
  }

  private void giveBack(EngineSequence sequence) {
    scheduler.remove(sequence);
    blocks.release(sequence.blocks());
    slots.give(sequence.slotIds);
    sequence.slotIds = EngineSequence.NO_SLOTS;
  }

  /**
   * Ends the step before the latest one, or the latest if nothing overlaps it.
   *
   * @param launched whether the latest one has just been submitted
   * @return whether a step has ended
   */
  boolean finish(boolean launched) throws InterruptedException {
    if (previous == null && !(launched && options.asynchronous())) {
      previous = latest;
      latest = null;
    }
    if (previous == null) {
      return false;
    }
    Flight flight = previous;
    StepOutput output = flight.await(offer.device(), options.watchdog());
    previous = null;
    steps++;
    counters.steps.add(1);
    intake.take(flight, output);
    return true;
  }

  /** A sequence is over: nothing that is still in flight for it counts. */
  void end(EngineSequence sequence) {
    switch (sequence.state) {
      case SEATED -> {
        giveBack(sequence);
        sequence.request.unseat();
      }
      case WAITING -> {
        scheduler.remove(sequence);
        blocks.release(sequence.blocks());
      }
      case FINISHING -> sequence.request.unseat();
      case ENDED -> throw new IllegalStateException("sequence " + sequence.id() + " ended twice");
      default -> throw new IllegalStateException("state " + sequence.state);
    }
    part(sequence);
    sequence.end();
  }

  /** Its row in a step is useless: it is computed again from nothing. */
  void restart(EngineSequence sequence) {
    // The cache may hold what spoilt the row; a prefix found there would spoil it again.
    blocks.forgetPrefixes();
    if (sequence.state == EngineSequence.State.SEATED) {
      giveBack(sequence);
    } else {
      scheduler.remove(sequence);
    }
    if (sequence.state != EngineSequence.State.WAITING) {
      sequence.request.unseat();
    }
    sequence.restart();
    scheduler.add(sequence);
  }

  /** A step was refused by a device that is otherwise sound: it is the fault of who was in it. */
  private void failScheduled(RuntimeException cause) {
    LOG.log(Level.ERROR, "device " + offer.device() + " refused a step", cause);
    for (int i = 0; i < schedule.size(); i++) {
      failRequest(((EngineSequence) schedule.sequence(i)).request, cause);
    }
  }

  /** After an error of unknown reach: fails who runs, or who waits if nobody runs. */
  void failMembers(RuntimeException cause) {
    List<EngineSequence> victims = new ArrayList<>(members);
    if (victims.stream().anyMatch(s -> s.state != EngineSequence.State.WAITING)) {
      victims.removeIf(s -> s.state == EngineSequence.State.WAITING);
    }
    victims.forEach(s -> failRequest(s.request, cause));
  }

  private void failRequest(ActiveRequest request, RuntimeException cause) {
    owner.fail(
        request,
        new EngineException(
            EngineException.Kind.INTERNAL,
            "",
            0,
            Message.of(
                "request %s failed in a step on device %s: %s",
                request.request.id(), offer.device(), cause)));
  }

  /** Ends every step in flight. */
  void settle() throws InterruptedException {
    while (finish(false)) {
      Thread.onSpinWait();
    }
  }

  /**
   * The lane is over; steps still in flight count for nothing.
   *
   * @return its sequences, with the tokens that are known and nothing computed
   */
  List<EngineSequence> dissolve() {
    List<EngineSequence> left = new ArrayList<>(members);
    for (EngineSequence sequence : left) {
      if (sequence.state != EngineSequence.State.WAITING) {
        sequence.request.unseat();
      }
      sequence.restart();
      sequence.lane = null;
    }
    members.clear();
    schedulerLease.release().run();
    blockLease.release().run();
    return left;
  }

  /** {@return whether a step is in flight or a sequence waits for one} */
  boolean busy() {
    return latest != null || !members.isEmpty();
  }

  boolean inFlight() {
    return latest != null || previous != null;
  }

  boolean paused() {
    return scheduler instanceof ParkedScheduler;
  }

  /** {@return most tokens that one sequence can keep here} */
  long capacity() {
    return (long) offer.blocks() * options.blockTokens();
  }

  int freeBlocks() {
    return blocks.freeBlocks();
  }

  /** {@return free blocks, less those that its waiting sequences will take} */
  long room() {
    long room = blocks.freeBlocks();
    for (EngineSequence sequence : members) {
      if (sequence.state == EngineSequence.State.WAITING) {
        room -= Math.ceilDiv(sequence.length(), options.blockTokens());
      }
    }
    return room;
  }

  int freeSlots() {
    return slots.free();
  }

  CacheStats cache() {
    return blocks.stats();
  }

  LaneInfo info() {
    return new LaneInfo(
        offer.device(),
        "ready",
        schedulerLease.policy(),
        offer.blocks(),
        blocks.freeBlocks(),
        steps);
  }
}
