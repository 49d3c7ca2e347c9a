package io.quire.core.model;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.device.Plan;
import io.quire.api.engine.Engine;
import io.quire.api.engine.ServedModel.State;
import io.quire.api.model.ModelFormatException;
import io.quire.api.text.ChatTemplateFactory;
import io.quire.core.engine.EngineOptions;
import io.quire.core.engine.EngineParts;
import io.quire.core.engine.PagedEngine;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * One served model, from its settings to its end. Whatever changes, its thread looks at what is
 * there and does the next thing that is possible: open the model, make the engine, give it lanes.
 */
final class ModelHost {
  /** Told when the engine may be used and when not any more. */
  interface Registrar {
    void register(Engine engine);

    void unregister();
  }

  private static final Logger LOG = System.getLogger(ModelHost.class.getName());
  private static final int LEAVE_SECONDS = 10;
  private static final int MOST_BACKOFF_SECONDS = 60;

  private final Services services;
  private final Predicate<Map<String, Object>> deviceFilter;
  private final ModelSettings settings;
  private final ModelStatus status;
  private final Registrar registrar;
  private final ScheduledThreadPoolExecutor thread;
  private final List<LaneHold> holds = new ArrayList<>();

  /** Lanes that have ended, while their plans are not closed yet. */
  private final List<LaneHold> graves = new ArrayList<>();

  private final Map<String, Integer> losses = new HashMap<>();
  private final Map<String, Long> notBefore = new HashMap<>();
  private final Set<Device> refused = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Better devices that cannot hold the sequences of the one in use. */
  private final Set<Device> tooSmall = Collections.newSetFromMap(new IdentityHashMap<>());

  private LoadedModel model;
  private volatile PagedEngine engine;
  private EngineOptions options;
  private Optional<ChatTemplateFactory> templateFactory = Optional.empty();
  private boolean registered;
  private boolean ended;
  private String lastRefusal = "";

  ModelHost(
      ModelSettings settings,
      Predicate<Map<String, Object>> deviceFilter,
      Services services,
      ModelStatus status,
      Registrar registrar) {
    this.settings = settings;
    this.deviceFilter = deviceFilter;
    this.services = services;
    this.status = status;
    this.registrar = registrar;
    thread =
        new ScheduledThreadPoolExecutor(
            1,
            task ->
                Thread.ofPlatform()
                    .name("quire-" + settings.name() + "-loader")
                    .daemon()
                    .unstarted(task));
    thread.setRemoveOnCancelPolicy(true);
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Something has changed: looks what can be done now. Returns at once. */
  void poke() {
    try {
      thread.execute(this::advance);
    } catch (RejectedExecutionException expected) {
      // It has ended; nothing is to be done any more.
    }
  }

  /** Returns when what was asked for so far is done. */
  void settle() {
    await(() -> {}, LEAVE_SECONDS);
  }

  private void advance() {
    if (ended) {
      return;
    }
    try {
      buryHolds();
      if (model == null) {
        open();
      }
      if (engine == null) {
        makeEngine();
      }
      updateChatTemplate();
      makeLanes();
    } catch (LoadedModel.MissingServiceException e) {
      status.set(State.WAITING, e.getMessage(), status.progress());
    } catch (ModelFormatException | IllegalArgumentException e) {
      status.set(State.FAILED, String.valueOf(e.getMessage()), 0);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "model " + settings.name() + " cannot be loaded", e);
      status.set(State.FAILED, e.toString(), 0);
    }
  }

  private void open() throws LoadedModel.MissingServiceException {
    status.set(State.LOADING, "opening " + settings.location(), 0);
    model = LoadedModel.open(settings.location(), services);
  }

  private void makeEngine() throws LoadedModel.MissingServiceException {
    var schedulers = services.schedulers.get();
    var blockManagers = services.blockManagers.get();
    if (schedulers == null || blockManagers == null) {
      throw new LoadedModel.MissingServiceException(
          schedulers == null
              ? "no scheduler is there that scheduler.target accepts"
              : "no block manager is there that blocks.target accepts");
    }
    options = settings.options(model.graph().maxPositions());
    PagedEngine made =
        new PagedEngine(
            new EngineParts(
                model.info(settings.name(), options.maxModelLength()),
                model.tokenizer(),
                options,
                schedulers,
                blockManagers,
                System::nanoTime));
    made.start();
    engine = made;
    // A policy that came or went meanwhile was not told to an engine that was not there yet.
    schedulersChanged();
    blockManagersChanged();
  }

  /** The scheduler service is another one, or gone. */
  void schedulersChanged() {
    PagedEngine now = engine;
    var source = services.schedulers.get();
    if (now != null && source != null) {
      now.useSchedulers(source);
    } else if (now != null) {
      now.noSchedulers();
    }
  }

  /** The block manager service is another one, or gone. */
  void blockManagersChanged() {
    PagedEngine now = engine;
    var source = services.blockManagers.get();
    if (now != null && source != null) {
      now.useBlockManagers(source);
    } else if (now != null) {
      now.noBlockManagers();
    }
  }

  private void updateChatTemplate() {
    Optional<ChatTemplateFactory> best = services.templates.services().stream().findFirst();
    if (!best.equals(templateFactory)) {
      templateFactory = best;
      engine.useChatTemplate(best.flatMap(f -> model.chatTemplate(settings.chatTemplate(), f)));
    }
  }

  /** Plans that the engine has let go of are closed; a lost device gets time to recover. */
  private void buryHolds() {
    graves.removeIf(h -> h.closed.isDone());
    for (LaneHold hold : List.copyOf(holds)) {
      if (hold.ended.isDone()) {
        holds.remove(hold);
        graves.add(hold);
        hold.close();
        if (hold.ended.join()) {
          backOff(hold.offer.device());
        }
      }
    }
  }

  private void backOff(String device) {
    int count = losses.merge(device, 1, Integer::sum);
    long seconds = Math.min(MOST_BACKOFF_SECONDS, 1L << Math.min(count - 1, 6));
    notBefore.put(device, System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    thread.schedule(this::advance, seconds, TimeUnit.SECONDS);
  }

  private void makeLanes() {
    for (Ranked.Entry<Device> entry :
        services.devices.entries().stream().sorted(DeviceChoice.ORDER).toList()) {
      if (!usable(entry)) {
        continue;
      }
      if (holds.size() < settings.maxLanes()) {
        makeLane(entry).ifPresent(this::use);
      } else {
        takeOver(entry);
      }
    }
    if (!holds.isEmpty()) {
      status.set(State.READY, "", 1);
      if (!registered) {
        registered = true;
        registrar.register(engine);
      }
    } else {
      status.set(State.WAITING, waitingForDevice(), status.progress());
    }
  }

  private String waitingForDevice() {
    String filter =
        settings.deviceFilter().isEmpty()
            ? ""
            : " that device.filter " + settings.deviceFilter() + " accepts";
    String others = lastRefusal.isEmpty() ? "" : "; " + lastRefusal;
    return "no device is there" + filter + others;
  }

  private boolean usable(Ranked.Entry<Device> entry) {
    Device device = entry.service();
    Long time = notBefore.get(device.info().id());
    return deviceFilter.test(entry.properties())
        && !refused.contains(device)
        && (time == null || time - System.nanoTime() <= 0)
        && holds.stream().noneMatch(h -> h.device == device);
  }

  /** A better device than the worst in use takes over from it: its sequences go on there. */
  private void takeOver(Ranked.Entry<Device> entry) {
    LaneHold worst = Collections.max(holds, Comparator.comparing(h -> h.entry, DeviceChoice.ORDER));
    if (tooSmall.contains(entry.service()) || DeviceChoice.ORDER.compare(entry, worst.entry) >= 0) {
      return;
    }
    makeLane(entry)
        .filter(lane -> holdsSequencesOf(worst, lane))
        .ifPresent(lane -> {
          use(lane);
          LOG.log(
              Level.INFO,
              "model {0}: device {1} takes over from {2}",
              settings.name(),
              lane.offer.device(),
              worst.offer.device());
          engine.removeLane(worst.offer);
          bury(worst);
        });
  }

  /** A sequence that runs must not fail for a better device's sake. */
  private boolean holdsSequencesOf(LaneHold from, LaneHold to) {
    int longest = Math.ceilDiv(options.maxModelLength(), options.blockTokens());
    int needed = Math.min(longest, from.offer.blocks());
    if (to.offer.blocks() >= needed) {
      return true;
    }
    LOG.log(
        Level.WARNING,
        "model {0} stays on device {1}: {2} has room for {3} blocks of KV cache, and a sequence may"
            + " have {4}. Lower max.model.len or raise kv.memory to move it",
        settings.name(),
        from.offer.device(),
        to.offer.device(),
        to.offer.blocks(),
        needed);
    tooSmall.add(to.device);
    graves.add(to);
    to.close();
    within(to.closed, LEAVE_SECONDS);
    return false;
  }

  private void use(LaneHold lane) {
    holds.add(lane);
    engine.addLane(lane.offer);
  }

  private Optional<LaneHold> makeLane(Ranked.Entry<Device> entry) {
    Device device = entry.service();
    String id = device.info().id();
    try {
      Plan plan =
          device.prepare(
              model.graph(),
              model.file().weights(),
              options.planOptions(),
              (stage, done, total) -> report(stage + " on " + id, done, total));
      lastRefusal = "";
      return Optional.of(allocate(entry, plan));
    } catch (LostDeviceException e) {
      lastRefusal = "device " + id + " failed: " + e.getMessage();
      LOG.log(Level.WARNING, "model {0}: {1}", settings.name(), lastRefusal);
      backOff(id);
    } catch (DeviceException e) {
      lastRefusal = "device " + id + " refuses it: " + e.getMessage();
      LOG.log(Level.WARNING, "model {0}: {1}", settings.name(), lastRefusal);
      refused.add(device);
    }
    return Optional.empty();
  }

  /** While another device serves, the model is not loading but ready. */
  private void report(String stage, long done, long total) {
    if (holds.isEmpty()) {
      status.progress(stage, total > 0 ? (double) done / total : 0);
    }
  }

  private LaneHold allocate(Ranked.Entry<Device> entry, Plan plan) {
    Device device = entry.service();
    try {
      int wanted = KvSize.blocks(settings, plan, device.info(), options);
      int blocks = KvSize.allocate(plan, wanted, device.info().id());
      return new LaneHold(entry, plan, blocks, this::poke);
    } catch (RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  /** A device leaves. Returns when nothing of it is used any more, or after a while. */
  void removeDevice(Device device) {
    services.devices.remove(device);
    await(
        () -> {
          refused.remove(device);
          tooSmall.remove(device);
          notBefore.remove(device.info().id());
          for (LaneHold hold : List.copyOf(holds)) {
            if (hold.device == device) {
              engine.removeLane(hold.offer);
              bury(hold);
            }
          }
          advance();
        },
        LEAVE_SECONDS);
  }

  private void bury(LaneHold hold) {
    holds.remove(hold);
    graves.add(hold);
    if (within(hold.ended, LEAVE_SECONDS)) {
      hold.close();
      within(hold.closed, LEAVE_SECONDS);
    } else {
      LOG.log(Level.WARNING, "a step on device {0} does not end", hold.offer.device());
      hold.ended.thenRun(hold::close);
    }
  }

  /** Ends it: drains, closes everything, ends its thread. Returns when that is done. */
  void close() {
    await(
        () -> {
          ended = true;
          unload();
        },
        settings.drain().toSeconds() + 3L * LEAVE_SECONDS);
    thread.shutdown();
  }

  private void unload() {
    if (engine != null) {
      engine.drain(); // who still holds the service is refused as soon as it is gone
    }
    if (registered) {
      registered = false;
      registrar.unregister();
    }
    status.set(State.DRAINING, "", status.progress());
    if (engine != null) {
      engine.close(settings.drain());
      engine = null;
    }
    List.copyOf(holds).forEach(this::bury);
    if (model != null) {
      closeFile();
    }
  }

  /** A plan that still reads the weights keeps them mapped: a leak is better than a crash. */
  private void closeFile() {
    if (graves.stream().allMatch(h -> h.closed.isDone())) {
      model.file().close();
    } else {
      LOG.log(
          Level.WARNING,
          "model {0} stays mapped: a plan on its weights does not close",
          settings.name());
    }
    model = null;
  }

  private void await(Runnable task, long seconds) {
    Future<?> done;
    try {
      done = thread.submit(task);
    } catch (RejectedExecutionException expected) {
      return; // It has ended before.
    }
    within(done, seconds);
  }

  private static boolean within(Future<?> future, long seconds) {
    try {
      future.get(seconds, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      LOG.log(Level.ERROR, "a model could not be ended cleanly", e.getCause());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
