package io.quire.worker;

import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import io.quire.worker.control.Message;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;

/**
 * Tells a child of all kernel sources there are, in the order in which they came, and of what
 * changes; and the registry here of what is refused there.
 */
final class KernelFeed implements ServiceListener, AutoCloseable {
  private static final Logger LOG = System.getLogger(KernelFeed.class.getName());
  private static final String FILTER =
      "(" + Constants.OBJECTCLASS + "=" + KernelSource.class.getName() + ")";

  private final BundleContext context;
  private final Conversation child;
  private final Fence fence;
  private final Supplier<String> device;
  private final Map<Long, Sent> sent = new HashMap<>();
  private String latest = "none";
  private long latestNanos;

  private record Sent(
      ServiceReference<?> reference, KernelSource source, long nanos, boolean refused) {
    Sent asRefused() {
      return new Sent(reference, source, nanos, true);
    }
  }

  /**
   * Prepares to tell.
   *
   * @param context where sources are
   * @param child is told
   * @param fence keeps some away
   * @param device the child's device, empty until it is known
   */
  KernelFeed(BundleContext context, Conversation child, Fence fence, Supplier<String> device) {
    this.context = context;
    this.child = child;
    this.fence = fence;
    this.device = device;
  }

  /** Begins. */
  void open() {
    try {
      context.addServiceListener(this, FILTER);
      ServiceReference<?>[] present =
          context.getServiceReferences(KernelSource.class.getName(), null);
      Stream.ofNullable(present)
          .flatMap(Arrays::stream)
          .sorted(Comparator.comparingLong(KernelFeed::id))
          .forEach(this::arrived);
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("the filter is a constant", e);
    }
  }

  @Override
  public void serviceChanged(ServiceEvent event) {
    switch (event.getType()) {
      case ServiceEvent.REGISTERED -> arrived(event.getServiceReference());
      case ServiceEvent.MODIFIED -> ranked(event.getServiceReference());
      default -> left(event.getServiceReference());
    }
  }

  private synchronized void arrived(ServiceReference<?> reference) {
    if (sent.containsKey(id(reference))
        || !(context.getService(reference) instanceof KernelSource source)) {
      return;
    }
    try {
      if (!fence.admits(device.get(), source)) {
        context.ungetService(reference);
        return;
      }
      child.tell(
          new Message.KernelArrived(
              id(reference),
              source.header(),
              source.text(),
              source.origin(),
              ranking(reference, source)));
      latestNanos = System.nanoTime();
      sent.put(id(reference), new Sent(reference, source, latestNanos, false));
      latest = source.header().op() + " from " + source.origin();
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "the kernel source of service " + reference + " is broken", e);
      context.ungetService(reference);
    }
  }

  private synchronized void ranked(ServiceReference<?> reference) {
    Optional.ofNullable(sent.get(id(reference)))
        .ifPresent(known ->
            child.tell(
                new Message.KernelRanked(id(reference), ranking(reference, known.source()))));
  }

  private synchronized void left(ServiceReference<?> reference) {
    if (sent.remove(id(reference)) != null) {
      child.tell(new Message.KernelLeft(id(reference)));
      context.ungetService(reference);
    }
  }

  private static long id(ServiceReference<?> reference) {
    return (Long) reference.getProperty(Constants.SERVICE_ID);
  }

  private static int ranking(ServiceReference<?> reference, KernelSource source) {
    return reference.getProperty(Constants.SERVICE_RANKING) instanceof Integer ranking
        ? ranking
        : source.header().ranking();
  }

  /** A child has refused a source: the registry here refuses it for the same device. */
  void refused(Message.KernelRefused refusal) {
    Optional<Sent> refused;
    synchronized (this) {
      refused =
          Optional.ofNullable(sent.computeIfPresent(refusal.id(), (id, was) -> was.asRefused()));
    }
    ServiceReference<KernelRegistry> reference = context.getServiceReference(KernelRegistry.class);
    if (refused.isPresent() && reference != null) {
      Optional.ofNullable(context.getService(reference))
          .ifPresent(registry ->
              registry.refuse(refused.get().source(), refusal.device(), refusal.reason()));
      context.ungetService(reference);
    }
  }

  /** {@return what the child has and has not refused, in the order in which it came} */
  synchronized List<Fence.Arrival> arrivals() {
    long now = System.nanoTime();
    return sent.entrySet().stream()
        .filter(each -> !each.getValue().refused())
        .sorted(Map.Entry.comparingByKey())
        .map(Map.Entry::getValue)
        .map(each -> new Fence.Arrival(each.source(), Duration.ofNanos(now - each.nanos())))
        .toList();
  }

  /** {@return for messages of a loss: how many kernels the child had, and which came last} */
  synchronized String state() {
    long seconds = Duration.ofNanos(System.nanoTime() - latestNanos).toSeconds();
    return sent.isEmpty()
        ? "without kernel sources"
        : "with "
            + sent.size()
            + " kernel sources, the latest for "
            + latest
            + " "
            + seconds
            + " s before";
  }

  @Override
  public void close() {
    context.removeServiceListener(this);
    synchronized (this) {
      sent.values().forEach(each -> context.ungetService(each.reference()));
      sent.clear();
    }
  }
}
