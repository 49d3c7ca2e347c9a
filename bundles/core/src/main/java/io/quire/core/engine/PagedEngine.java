package io.quire.core.engine;

import io.quire.api.cache.BlockManager;
import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.EngineStats;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Health;
import io.quire.api.engine.ModelInfo;
import io.quire.api.engine.RequestInfo;
import io.quire.api.schedule.Scheduler;
import io.quire.api.text.ChatTemplate;
import io.quire.api.text.Tokenizer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The engine of one served model. Other threads only check requests, post commands and read what
 * the loop and the output side publish; nothing here waits for a step.
 *
 * <p>Usage: make one, {@link #start} it, offer it lanes, {@link #close} it. Without {@code start} a
 * test or benchmark drives it with {@link #step}.
 */
public final class PagedEngine implements Engine, AutoCloseable {
  private final EngineParts parts;
  private final Admission admission;
  private final WaitingLine line;
  private final Mailbox mailbox = new Mailbox();
  private final Latencies latencies = new Latencies();
  private final Map<String, ActiveRequest> requests = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private final AtomicLong arrivals = new AtomicLong();

  /** Requests whose last event is not out yet. */
  private final AtomicInteger live = new AtomicInteger();

  private final LoopStatus status;
  private final EngineLoop loop;
  private final OutputSide output;
  private final Thread loopThread;
  private final Thread outputThread;

  /** Guards {@link #open}: after the last submit comes the stop, never the other way round. */
  private final Object gate = new Object();

  private boolean open = true;
  private volatile long capacity;
  private volatile Optional<ChatTemplate> chatTemplate = Optional.empty();

  /**
   * Makes an engine without lanes.
   *
   * @param parts what it is made of
   */
  public PagedEngine(EngineParts parts) {
    this.parts = parts;
    admission = new Admission(parts);
    line = new WaitingLine(parts.options().maxQueue(), parts.clock());
    status = new LoopStatus(parts.options(), parts.clock());
    capacity = parts.options().maxModelLength();
    HandOver handOver = new HandOver(parts.clock());
    loop = new EngineLoop(parts, mailbox, handOver, status, this::started);
    output = new OutputSide(handOver);
    LoopThread runner = new LoopThread(loop, mailbox, status, requests::values);
    String prefix = "quire-" + parts.model().name();
    loopThread = Thread.ofPlatform().name(prefix + "-loop").daemon().unstarted(runner);
    outputThread = Thread.ofPlatform().name(prefix + "-output").daemon().unstarted(output);
  }

  /** Starts its two threads. */
  public void start() {
    outputThread.start();
    loopThread.start();
  }

  /**
   * Does one step on the caller's thread, in an engine that was not started: for tests and
   * benchmarks. {@link #drainOutput} belongs to it.
   *
   * @return whether there was anything to do
   * @throws InterruptedException if the thread is interrupted while it waits for a device
   */
  public boolean step() throws InterruptedException {
    return loop.step();
  }

  /** Hands out what the steps so far have brought, on the caller's thread. */
  public void drainOutput() {
    output.drain();
  }

  EngineLoop loop() {
    return loop;
  }

  // Requests

  @Override
  public Generation submit(GenerationRequest request, GenerationListener listener) {
    admission.check(request);
    if (status.waitedTooLong()) {
      throw unavailable("model " + parts.model().name() + " has no device now");
    }
    int[] prompt = admission.prompt(request);
    int maxTokens = admission.maxTokens(request, prompt.length, capacity);
    ActiveRequest active =
        new ActiveRequest(
            request,
            prompt,
            maxTokens,
            admission.endTokens(request),
            arrivals.getAndIncrement(),
            parts.clock().getAsLong(),
            new RequestOutput(
                request, prompt, parts.tokenizer(), listener, latencies, new OutputOwner()));
    line.enter(request.id());
    enqueue(active);
    return new RunningGeneration(active);
  }

  private void enqueue(ActiveRequest active) {
    String id = active.request.id();
    synchronized (gate) {
      if (!open) {
        line.withdraw();
        throw unavailable("model " + parts.model().name() + " is stopping");
      }
      if (requests.putIfAbsent(id, active) != null) {
        line.withdraw();
        throw EngineException.invalid(
            "request_id", "a request with id " + id + " runs already; choose another id");
      }
      live.incrementAndGet();
      mailbox.post(new Command.Submit(active));
    }
  }

  private static EngineException unavailable(String what) {
    return new EngineException(
        EngineException.Kind.UNAVAILABLE,
        "",
        LoopStatus.RETRY_SECONDS,
        what + "; the request was not taken. Try again later");
  }

  @Override
  public boolean abort(String id) {
    ActiveRequest active = requests.get(id);
    return active != null && cancel(active);
  }

  private boolean cancel(ActiveRequest active) {
    boolean first = active.cancelled.compareAndSet(false, true);
    if (first) {
      mailbox.post(new Command.Cancel(active));
    }
    return first;
  }

  /** Called by the loop. */
  private void started(ActiveRequest active) {
    active.startedNanos = parts.clock().getAsLong();
    line.leave();
  }

  // Lanes and policies

  /**
   * Uses a plan from the next step on.
   *
   * @param offer the plan; the engine has it until it says that it has ended
   */
  public void addLane(LaneOffer offer) {
    synchronized (gate) {
      if (open || !drained.isDone()) {
        capacity = Math.max(capacityOf(offer), lanes().isEmpty() ? 0 : capacity);
        mailbox.post(new Command.AddLane(offer));
        return;
      }
    }
    offer.ended().ended("the engine has stopped", false);
  }

  private long capacityOf(LaneOffer offer) {
    return (long) offer.blocks() * parts.options().blockTokens();
  }

  /**
   * Lets go of a plan after the step in flight. Its sequences wait for another lane.
   *
   * @param offer as it was offered
   */
  public void removeLane(LaneOffer offer) {
    mailbox.post(new Command.RemoveLane(offer));
  }

  /**
   * Changes the scheduler between two steps; requests do not notice.
   *
   * @param source hands each lane its scheduler
   */
  public void useSchedulers(Supplier<Lease<Scheduler>> source) {
    mailbox.post(new Command.UseSchedulers(source));
  }

  /** The service has left: lanes go on with the objects they have, new lanes wait for others. */
  public void noSchedulers() {
    mailbox.post(new Command.NoSchedulers());
  }

  /**
   * Changes the block manager between two steps; everything is computed again.
   *
   * @param source hands each lane its block manager
   */
  public void useBlockManagers(Supplier<Lease<BlockManager>> source) {
    mailbox.post(new Command.UseBlockManagers(source));
  }

  /** The service has left: lanes go on with the objects they have, new lanes wait for others. */
  public void noBlockManagers() {
    mailbox.post(new Command.NoBlockManagers());
  }

  // The end

  /**
   * Takes no request from now on.
   *
   * @return completed when the last one has ended
   */
  public CompletableFuture<Void> drain() {
    synchronized (gate) {
      open = false;
    }
    completeIfDrained();
    return drained.copy();
  }

  private void completeIfDrained() {
    boolean stopping;
    synchronized (gate) {
      stopping = !open;
    }
    if (stopping && live.get() == 0) {
      drained.complete(null);
    }
  }

  /**
   * Takes no request, waits for those that run, and ends what is left after the limit.
   *
   * @param limit how long to wait
   */
  public void close(Duration limit) {
    try {
      drain().get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException expected) {
      // What is left ends now.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    mailbox.post(new Command.Stop());
    if (loopThread.getState() != Thread.State.NEW) {
      awaitThreads();
    } else {
      loop.terminate(requests.values(), false);
      output.drain();
    }
  }

  /** A step that hangs must not keep the engine: the loop's thread is interrupted then. */
  private void awaitThreads() {
    try {
      if (!loopThread.join(Duration.ofSeconds(5))) {
        loopThread.interrupt();
      }
      loopThread.join(Duration.ofSeconds(5));
      outputThread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      loopThread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    close(Duration.ZERO);
  }

  // What others see

  @Override
  public ModelInfo info() {
    return parts.model();
  }

  @Override
  public Tokenizer tokenizer() {
    return parts.tokenizer();
  }

  @Override
  public Optional<ChatTemplate> chatTemplate() {
    return chatTemplate;
  }

  /**
   * Sets the chat template, which may be known later than the engine, or change.
   *
   * @param template the template, empty for none
   */
  public void useChatTemplate(Optional<ChatTemplate> template) {
    chatTemplate = template;
  }

  @Override
  public EngineStats stats() {
    Counters counters = status.counters();
    int running = (int) requests.values().stream().filter(ActiveRequest::running).count();
    return new EngineStats(
        running,
        Math.max(0, requests.size() - running),
        counters.steps.get(),
        counters.promptTokens.get(),
        counters.generatedTokens.get(),
        counters.preemptions.get(),
        latencies.finishedByReason(),
        status.cache(),
        latencies.firstToken.snapshot(),
        latencies.interToken.snapshot(),
        latencies.endToEnd.snapshot(),
        latencies.queue.snapshot(),
        latencies.prefill.snapshot(),
        latencies.decode.snapshot());
  }

  @Override
  public List<RequestInfo> requests() {
    long now = parts.clock().getAsLong();
    return requests.values().stream()
        .sorted(Comparator.comparingLong(r -> r.arrival))
        .map(r -> r.info(now))
        .toList();
  }

  @Override
  public List<LaneInfo> lanes() {
    return status.lanes();
  }

  @Override
  public Health health() {
    return status.health();
  }

  /** What the output side says goes to the loop as commands. */
  private final class OutputOwner implements RequestOutput.Owner {
    @Override
    public void stopped(ActiveRequest request, int choice) {
      mailbox.post(new Command.Ended(request, choice));
    }

    @Override
    public void abandoned(ActiveRequest request) {
      cancel(request);
    }

    @Override
    public void closed(ActiveRequest request) {
      requests.remove(request.request.id(), request);
    }

    @Override
    public void done() {
      live.decrementAndGet();
      completeIfDrained();
    }
  }

  /** A caller's handle. */
  private final class RunningGeneration implements Generation {
    private final ActiveRequest active;

    RunningGeneration(ActiveRequest active) {
      this.active = active;
    }

    @Override
    public String id() {
      return active.request.id();
    }

    @Override
    public void cancel() {
      PagedEngine.this.cancel(active);
    }

    @Override
    public CompletableFuture<Result> result() {
      // A copy: what a caller does to its future must not end ours.
      return active.output.result().copy();
    }
  }
}
