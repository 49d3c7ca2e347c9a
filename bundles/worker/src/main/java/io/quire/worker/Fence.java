package io.quire.worker;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Keeps kernels away from devices that were lost with them. Safe for use by several threads.
 *
 * <p>The policy. A kernel is on probation for the first minute that a worker process has it. If the
 * device is lost in that time, the kernel is refused for the device, so that the next process does
 * with the one behind it. Two things spare a kernel: a bundle had brought it before any device was
 * there, which is trust in the bundle; or nothing else serves its operation and types, since a
 * device that works at times is better than none. Of several, the latest are refused first. A
 * refusal is for the text: another text under the same name has another chance, the same text has
 * none, also after the device or the file has come back.
 */
final class Fence implements AutoCloseable {
  private static final Duration PROBATION = Duration.ofMinutes(1);

  private final Set<Known> trusted = ConcurrentHashMap.newKeySet();
  private final Map<Fenced, String> reasons = new ConcurrentHashMap<>();
  private final ServiceTracker<KernelRegistry, Listing> registries;
  private volatile boolean anyDevice;

  private record Known(KernelHeader header, String text) {}

  private record Fenced(String device, String text) {}

  private record Listing(KernelRegistry registry, KernelRegistry.Registration listening) {}

  /**
   * A kernel of a worker process.
   *
   * @param source the kernel
   * @param age how long the process has had it
   */
  record Arrival(KernelSource source, Duration age) {}

  /**
   * Begins without a refusal.
   *
   * @param context where registries are, in which refusals are listed
   */
  Fence(BundleContext context) {
    registries =
        new ServiceTracker<>(context, KernelRegistry.class, null) {
          @Override
          public Listing addingService(ServiceReference<KernelRegistry> reference) {
            KernelRegistry registry = context.getService(reference);
            return new Listing(registry, registry.listen(op -> refuse(registry)));
          }

          @Override
          public void removedService(ServiceReference<KernelRegistry> reference, Listing listing) {
            listing.listening().close();
            context.ungetService(reference);
          }
        };
    registries.open();
  }

  /**
   * Whether a worker process may have a kernel.
   *
   * @param device the device's id; empty if it is not known yet: then no device may be lost with it
   * @param source the kernel
   */
  boolean admits(String device, KernelSource source) {
    if (!anyDevice && !Path.of(source.origin()).isAbsolute()) {
      trusted.add(new Known(source.header(), source.text()));
    }
    return reasons.keySet().stream()
        .filter(fenced -> device.isEmpty() || device.equals(fenced.device()))
        .noneMatch(fenced -> fenced.text().equals(source.text()));
  }

  /** A device was found: what bundles bring from now on is on probation, too. */
  void deviceFound() {
    anyDevice = true;
  }

  /**
   * A device is lost.
   *
   * @param device its id
   * @param why the loss
   * @param kernels what its process had and has not refused, in the order in which it came
   */
  void lost(String device, String why, List<Arrival> kernels) {
    List<KernelSource> left = new ArrayList<>(kernels.stream().map(Arrival::source).toList());
    for (Arrival each : kernels.reversed()) {
      KernelSource source = each.source();
      if (onProbation(each) && left.stream().anyMatch(other -> replaces(other, source))) {
        left.removeIf(other -> other.text().equals(source.text()));
        reasons.put(
            new Fenced(device, source.text()),
            "the device was lost "
                + each.age().toSeconds()
                + " s after its worker process had this kernel: "
                + why
                + ". Another text is tried again");
      }
    }
    registries.getTracked().values().forEach(listing -> refuse(listing.registry()));
  }

  /** A registry forgets refusals with the device and with the source; this does not. */
  private void refuse(KernelRegistry registry) {
    if (reasons.isEmpty()) {
      return;
    }
    for (KernelRegistry.Entry entry : registry.entries()) {
      reasons.forEach((fenced, reason) -> {
        boolean meant = fenced.text().equals(entry.source().text());
        if (meant && !entry.refusals().containsKey(fenced.device())) {
          registry.refuse(entry.source(), fenced.device(), reason);
        }
      });
    }
  }

  private boolean onProbation(Arrival kernel) {
    return kernel.age().compareTo(PROBATION) < 0
        && !trusted.contains(new Known(kernel.source().header(), kernel.source().text()));
  }

  private static boolean replaces(KernelSource other, KernelSource source) {
    return !other.text().equals(source.text())
        && other.header().op().equals(source.header().op())
        && other.header().dtypes().containsAll(source.header().dtypes());
  }

  @Override
  public void close() {
    registries.close();
  }
}
