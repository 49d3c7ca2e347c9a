package io.quire.gpu.driver;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** What a driver has given out and is still open. */
public final class Resources {
  private final Guard guard;
  private final Set<Resource> open = ConcurrentHashMap.newKeySet();

  /** Something to be freed before the device's context is. */
  public interface Resource {
    /** Frees it. Called once, by somebody inside the guard or while its door is shut. */
    void free();
  }

  /**
   * Begins with nothing.
   *
   * @param guard the driver's
   */
  public Resources(Guard guard) {
    this.guard = guard;
  }

  /**
   * Has a resource freed with the driver.
   *
   * @param <T> its type
   * @param resource the resource
   * @return the resource
   */
  public <T extends Resource> T keep(T resource) {
    open.add(resource);
    return resource;
  }

  /**
   * Frees a resource, once; the caller is inside the guard.
   *
   * @param resource the resource
   */
  public void free(Resource resource) {
    if (open.remove(resource)) {
      resource.free();
    }
  }

  /**
   * Frees a resource from outside: its {@code close}. Does nothing if it is freed already.
   *
   * @param resource the resource
   */
  public void close(Resource resource) {
    if (guard.enterToFree()) {
      try {
        free(resource);
      } finally {
        guard.leave();
      }
    }
  }

  /**
   * Frees everything that is still open.
   *
   * @param first what is freed before the rest: queues, which wait until nothing uses the others
   */
  public void freeAll(Class<? extends Resource> first) {
    each(first, this::free);
    List.copyOf(open).forEach(this::free);
  }

  /**
   * Visits the open resources of a type.
   *
   * @param <T> the type
   * @param type the type
   * @param action what is done to each
   */
  public <T extends Resource> void each(Class<T> type, Consumer<? super T> action) {
    for (Resource each : open) {
      if (type.isInstance(each)) {
        action.accept(type.cast(each));
      }
    }
  }
}
