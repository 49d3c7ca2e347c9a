package io.quire.worker.child;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import io.quire.worker.control.Message;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The parent's kernel sources as services of this framework, and what is refused of them here told
 * to the parent. Sources come and go on one thread; refusals come from any.
 */
final class KernelMirror implements AutoCloseable {
  private final BundleContext context;
  private final Consumer<Message> parent;
  private final Map<Long, Mirrored> kernels = new HashMap<>();
  private final Set<Message.KernelRefused> told = ConcurrentHashMap.newKeySet();
  private final ServiceTracker<KernelRegistry, KernelRegistry.Registration> registries;

  private record Mirrored(KernelHeader header, ServiceRegistration<KernelSource> registration) {}

  KernelMirror(BundleContext context, Consumer<Message> parent) {
    this.context = context;
    this.parent = parent;
    registries =
        new ServiceTracker<>(context, KernelRegistry.class, null) {
          @Override
          public KernelRegistry.Registration addingService(
              ServiceReference<KernelRegistry> reference) {
            KernelRegistry registry = context.getService(reference);
            return registry.listen(op -> tellRefusals(registry));
          }

          @Override
          public void removedService(
              ServiceReference<KernelRegistry> reference, KernelRegistry.Registration listening) {
            listening.close();
            context.ungetService(reference);
          }
        };
  }

  void open() {
    registries.open();
  }

  void arrived(Message.KernelArrived kernel) {
    RemoteKernel source =
        new RemoteKernel(kernel.id(), kernel.header(), kernel.text(), kernel.origin());
    kernels.put(
        kernel.id(),
        new Mirrored(
            kernel.header(),
            context.registerService(
                KernelSource.class, source, properties(kernel.header(), kernel.ranking()))));
  }

  void ranked(Message.KernelRanked kernel) {
    Mirrored mirrored = kernels.get(kernel.id());
    mirrored.registration().setProperties(properties(mirrored.header(), kernel.ranking()));
  }

  void left(Message.KernelLeft kernel) {
    kernels.remove(kernel.id()).registration().unregister();
    told.removeIf(refusal -> refusal.id() == kernel.id());
  }

  private static Dictionary<String, Object> properties(KernelHeader header, int ranking) {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(KernelSource.OP, header.op());
    properties.put(KernelSource.DIALECT, header.dialect());
    properties.put(KernelSource.REQUIRES, header.filter());
    properties.put(Constants.SERVICE_RANKING, ranking);
    return properties;
  }

  private void tellRefusals(KernelRegistry registry) {
    for (KernelRegistry.Entry entry : registry.entries()) {
      if (entry.source() instanceof RemoteKernel kernel) {
        entry
            .refusals()
            .forEach((device, reason) -> {
              Message.KernelRefused refusal =
                  new Message.KernelRefused(kernel.id(), device, reason);
              if (told.add(refusal)) {
                parent.accept(refusal);
              }
            });
      }
    }
  }

  @Override
  public void close() {
    registries.close();
  }
}
