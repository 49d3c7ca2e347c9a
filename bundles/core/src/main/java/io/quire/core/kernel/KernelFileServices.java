package io.quire.core.kernel;

import io.quire.api.kernel.KernelFiles;
import io.quire.api.kernel.KernelSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * Makes services of single kernel files, in the name of this bundle.
 *
 * <p>Services are registered and unregistered without a lock: whoever is told may come back here.
 */
@Component
public final class KernelFileServices implements KernelFiles, BrokenSources {
  private static final System.Logger LOG = System.getLogger(KernelFileServices.class.getName());

  private final BundleContext context;
  private final Map<String, Place> places = new HashMap<>();

  /**
   * Starts empty.
   *
   * @param context where kernels are registered
   */
  @Activate
  public KernelFileServices(BundleContext context) {
    this.context = context;
  }

  /** What became of a file: a service, or what is listed in its place. */
  private record Place(
      Optional<ServiceRegistration<KernelSource>> service, Optional<BrokenSource> broken) {
    void withdraw() {
      try {
        service.ifPresent(ServiceRegistration::unregister);
      } catch (IllegalStateException ignored) {
        // The framework was faster: this bundle has stopped.
      }
    }
  }

  @Override
  public void put(String origin, byte[] content) {
    replace(origin, Optional.of(place(origin, content)));
  }

  @Override
  public void remove(String origin) {
    replace(origin, Optional.empty());
  }

  private Place place(String origin, byte[] content) {
    try {
      KernelFile kernel = KernelFile.read(new ByteArrayInputStream(content), origin);
      return new Place(
          Optional.of(context.registerService(KernelSource.class, kernel, kernel.properties())),
          Optional.empty());
    } catch (IOException | KernelHeaderException e) {
      LOG.log(
          System.Logger.Level.WARNING, "Kernel source {0} is refused: {1}", origin, e.getMessage());
      return new Place(Optional.empty(), Optional.of(new BrokenSource(origin, e.getMessage())));
    }
  }

  private void replace(String origin, Optional<Place> next) {
    Optional<Place> earlier;
    synchronized (places) {
      earlier =
          next.isPresent()
              ? Optional.ofNullable(places.put(origin, next.get()))
              : Optional.ofNullable(places.remove(origin));
    }
    earlier.ifPresent(Place::withdraw);
  }

  @Override
  public List<BrokenSource> broken() {
    synchronized (places) {
      return places.values().stream().flatMap(place -> place.broken().stream()).toList();
    }
  }

  /** Withdraws all. */
  @Deactivate
  public void close() {
    List<String> origins;
    synchronized (places) {
      origins = List.copyOf(places.keySet());
    }
    origins.forEach(this::remove);
  }
}
