package io.quire.worker;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.worker.control.Message;
import io.quire.worker.ring.Loss;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Hashtable;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/**
 * Keeps one device in a child process: starts the child, registers the device when it is found,
 * takes it back when the child is lost, and starts another one. One thread, which this starts.
 */
final class DeviceKeeper {
  /** Service property of a device in a child: the process's id, a {@link Long}. */
  static final String PID = "quire.worker.pid";

  private static final Logger LOG = System.getLogger(DeviceKeeper.class.getName());

  /**
   * What all keepers share.
   *
   * @param context where devices are registered
   * @param settings the configuration
   * @param clock looks at heartbeats
   * @param fence keeps kernels away that devices were lost with
   */
  record Parts(
      BundleContext context, Settings settings, ScheduledExecutorService clock, Fence fence) {}

  private final Parts parts;
  private final Bundle backend;
  private final Consumer<DeviceInfo> others;
  private final Backoff backoff = new Backoff();
  private final CompletableFuture<Void> stopping = new CompletableFuture<>();
  private final Thread thread;

  /** The device's id; empty until the first child has found one. */
  private volatile String device;

  /**
   * Begins to keep a device.
   *
   * @param parts shared by all keepers
   * @param backend whose device it is
   * @param device its id; empty for the first that the backend finds
   * @param others told of further devices that the child finds
   */
  DeviceKeeper(Parts parts, Bundle backend, String device, Consumer<DeviceInfo> others) {
    this.parts = parts;
    this.backend = backend;
    this.device = device;
    this.others = others;
    thread = Thread.ofPlatform().daemon().name("quire-worker-" + name()).unstarted(this::keep);
  }

  void start() {
    thread.start();
  }

  private String name() {
    return device.isEmpty() ? backend.getSymbolicName() : device;
  }

  /** Begins to end it. */
  void beginStop() {
    stopping.complete(null);
  }

  /** Takes the device back, ends the child, and returns when nothing is left of it. */
  void stop() {
    beginStop();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void keep() {
    boolean again = true;
    while (again && !stopping.isDone()) {
      long begin = System.nanoTime();
      again = serve();
      if (again && !stopping.isDone()) {
        Duration wait = backoff.next(Duration.ofNanos(System.nanoTime() - begin));
        LOG.log(
            Level.INFO,
            "the worker process for {0} is started again in {1} s, the {2}. time",
            name(),
            wait.toSeconds(),
            backoff.restarts());
        within(stopping, wait);
      }
    }
  }

  /** Starts a child and serves its device until one of them ends; whether to try again. */
  private boolean serve() {
    ChildCommand command = new ChildCommand(parts.context(), parts.settings());
    try (Child child =
        Child.start(
            name(), socket -> command.words(socket, name()), parts.settings().find(), stopping)) {
      return new Service(child).run();
    } catch (IOException e) {
      if (!stopping.isDone()) {
        LOG.log(Level.ERROR, "device " + name() + " has no worker process: " + e.getMessage());
      }
      return true;
    }
  }

  private static boolean within(CompletableFuture<?> future, Duration limit) {
    try {
      future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a keeper", e);
    }
  }

  /** One child's life. */
  private final class Service {
    private final Child child;
    private final Loss loss = new Loss(this::describe);
    private final Conversation conversation;
    private final KernelFeed kernels;
    private final CompletableFuture<Message.DeviceFound> found = new CompletableFuture<>();

    Service(Child child) {
      this.child = child;
      conversation = new Conversation(child.channel(), loss, this::heard);
      kernels = new KernelFeed(parts.context(), conversation, parts.fence(), () -> device);
    }

    private String describe(String why) {
      return "device "
          + name()
          + " is lost: "
          + why
          + " (worker process "
          + child.pid()
          + ", "
          + kernels.state()
          + ")";
    }

    private void heard(Message message) {
      switch (message) {
        case Message.DeviceFound m -> found(m);
        case Message.DeviceLeft m when m.id().equals(device) ->
            loss.lose("it has left its worker process");
        case Message.KernelRefused m -> kernels.refused(m);
        default -> {
          // A pong is heard by being heard; other devices of the child are others' affair.
        }
      }
    }

    private void found(Message.DeviceFound message) {
      if (device.isEmpty() || device.equals(message.info().id())) {
        device = message.info().id();
        parts.fence().deviceFound();
        found.complete(message);
      } else {
        others.accept(message.info());
      }
    }

    /** {@return whether to try again once this child has ended} */
    boolean run() {
      Thread listening =
          Thread.ofPlatform()
              .daemon()
              .name("quire-worker-listen-" + child.pid())
              .start(this::listen);
      child.exit().thenRun(() -> loss.lose(child.ending()));
      boolean again;
      try (Heartbeats heartbeats =
          new Heartbeats(conversation, parts.settings().heartbeat(), loss, parts.clock())) {
        conversation.tell(new Beginning(parts, backend, device).message());
        kernels.open();
        again = findDevice(heartbeats);
        if (found.isDone() && loss.isLost()) {
          parts.fence().lost(device, loss.happened().join(), kernels.arrivals());
        }
      } finally {
        kernels.close();
      }
      end();
      join(listening);
      return again;
    }

    private void listen() {
      try {
        conversation.listen();
      } catch (IOException | RuntimeException e) {
        // If it is about to end, its status says more.
        boolean ends = within(child.exit(), Duration.ofSeconds(1));
        loss.lose(
            ends ? child.ending() : "its worker process cannot be understood: " + e.getMessage());
      }
    }

    private boolean findDevice(Heartbeats heartbeats) {
      CompletableFuture<?> first = CompletableFuture.anyOf(found, loss.happened(), stopping);
      if (!within(first, parts.settings().find())) {
        LOG.log(
            Level.INFO,
            "{0} has found no device within {1} s; its worker process ends",
            name(),
            parts.settings().find().toSeconds());
        return !device.isEmpty();
      }
      if (found.isDone() && !loss.isLost()) {
        offer(found.join(), heartbeats);
      }
      return true;
    }

    /** Registers the device until the child is lost or this ends. */
    private void offer(Message.DeviceFound message, Heartbeats heartbeats) {
      WorkerDevice remote =
          new WorkerDevice(
              message.info(),
              new WorkerDevice.Line(
                  conversation,
                  loss,
                  heartbeats,
                  child.rings(),
                  parts.settings().sleep(),
                  parts.settings().leave()));
      Hashtable<String, Object> properties = new Hashtable<>(message.properties());
      properties.put(PID, child.pid());
      ServiceRegistration<Device> registration =
          parts.context().registerService(Device.class, remote, properties);
      LOG.log(
          Level.INFO,
          "device {0} lives in worker process {1}",
          name(),
          String.valueOf(child.pid()));
      CompletableFuture.anyOf(loss.happened(), stopping).join();
      if (loss.isLost()) {
        // Whatever it still does, nobody waits for it.
        child.kill();
      }
      // Whoever has plans on it closes them before this returns.
      registration.unregister();
    }

    private void end() {
      if (!loss.isLost()) {
        conversation.tell(new Message.Stop());
        if (!child.awaitEnd(parts.settings().leave())) {
          LOG.log(
              Level.WARNING,
              "the worker process for {0} did not end within {1} s and was ended by force",
              name(),
              parts.settings().leave().toSeconds());
        }
        loss.lose("it has left");
        return;
      }
      child.kill();
      LOG.log(Level.ERROR, "{0}", loss.happened().join());
      Optional.of(child.lastLines())
          .filter(lines -> !lines.isEmpty())
          .ifPresent(lines -> LOG.log(Level.ERROR, "its worker process said:\n{0}", lines));
    }

    private void join(Thread listening) {
      child.awaitEnd(parts.settings().leave());
      try {
        listening.join(parts.settings().leave());
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts a keeper", e);
      }
    }
  }
}
