package io.quire.worker.child;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceException;
import io.quire.api.device.LostDeviceException;
import io.quire.api.model.ModelFile;
import io.quire.api.model.WeightsFormat;
import io.quire.worker.control.Channel;
import io.quire.worker.control.Message;
import io.quire.worker.ring.Ring;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.BundleContext;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The conversation with the parent. One thread takes its messages; what may take long has a thread
 * of its own, so that the child always answers.
 */
final class Session implements AutoCloseable {
  private final Channel channel;
  private final Message.Begin begin;
  private final Ring.Sleep sleep;
  private final KernelMirror kernels;
  private final DeviceWatch devices;
  private final ServiceTracker<WeightsFormat, WeightsFormat> formats;
  private final Map<Long, ServedPlan> plans = new ConcurrentHashMap<>();

  Session(Channel channel, BundleContext context, Message.Begin begin) {
    this.channel = channel;
    this.begin = begin;
    sleep = new Ring.Sleep(begin.spinMicros(), true);
    kernels = new KernelMirror(context, this::tell);
    devices = new DeviceWatch(context, begin.device(), this::tell);
    formats = new ServiceTracker<>(context, WeightsFormat.class, null);
  }

  /** Begins to look for devices. */
  void open() {
    formats.open();
    kernels.open();
    devices.open();
  }

  /**
   * Takes messages until the parent says stop.
   *
   * @throws IOException if the parent is gone
   */
  void run() throws IOException {
    boolean open = true;
    while (open) {
      switch (channel.receive()) {
        case Message.KernelArrived m -> kernels.arrived(m);
        case Message.KernelRanked m -> kernels.ranked(m);
        case Message.KernelLeft m -> kernels.left(m);
        case Message.Request m -> begin(m);
        case Message.Ping m -> channel.send(new Message.Pong());
        case Message.Stop m -> open = false;
        case Message m -> throw new IOException("the parent sends what a child would: " + m);
      }
    }
  }

  private void tell(Message message) {
    try {
      channel.send(message);
    } catch (IOException expected) {
      // The parent is gone: the thread that receives ends this process.
    }
  }

  private void begin(Message.Request request) {
    Thread.ofPlatform()
        .daemon()
        .name("quire-worker-call-" + request.call())
        .start(() -> tell(answer(request)));
  }

  private Message answer(Message.Request request) {
    try {
      return switch (request) {
        case Message.Prepare m -> prepare(m);
        case Message.KvMemory m -> new Message.Done(m.call(), plan(m.plan()).plan().kvMemory());
        case Message.AllocateKv m -> {
          plan(m.plan()).allocate(m.blocks());
          yield new Message.Done(m.call(), 0);
        }
        case Message.ClosePlan m -> {
          ServedPlan plan = plan(m.plan());
          plans.remove(m.plan());
          plan.close();
          yield new Message.Done(m.call(), 0);
        }
      };
    } catch (LostDeviceException e) {
      return new Message.Failed(request.call(), true, String.valueOf(e.getMessage()));
    } catch (DeviceException e) {
      return new Message.Failed(request.call(), false, String.valueOf(e.getMessage()));
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      return new Message.Failed(request.call(), false, "in the worker process: " + e);
    }
  }

  private ServedPlan plan(long number) {
    return Optional.ofNullable(plans.get(number))
        .orElseThrow(() -> new LostDeviceException("the plan is closed"));
  }

  private Message prepare(Message.Prepare m) throws IOException {
    Device device = devices.served();
    ServedPlan plan =
        ServedPlan.prepare(
            device,
            model(m.location()),
            m,
            sleep,
            (stage, done, total) -> tell(new Message.Progress(m.call(), stage, done, total)));
    plans.put(m.call(), plan);
    return new Message.Prepared(m.call(), plan.plan().kvLayout());
  }

  /** The same file as the parent's, mapped here: its pages are in memory once. */
  private ModelFile model(String location) {
    return formats.getTracked().values().stream()
        .filter(format -> format.accepts(location))
        .findFirst()
        .orElseThrow(() -> new DeviceException("no format of the worker process opens " + location))
        .open(location);
  }

  @Override
  public void close() {
    devices.close();
    kernels.close();
    formats.close();
  }
}
