package io.quire.testkit.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceDriver;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** The drivers that a backend registers and takes back, seen as its bundle's context sees them. */
public final class DriverEvents {
  /** {@link Event#what()} of a driver that was registered. */
  public static final String ARRIVED = "arrived";

  /** {@link Event#what()} of a driver that was taken back. */
  public static final String LEFT = "left";

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  /**
   * What happened to a service.
   *
   * @param what {@link #ARRIVED} or {@link #LEFT}
   * @param driver the service
   * @param properties those that it was registered with
   */
  public record Event(String what, DeviceDriver driver, Dictionary<?, ?> properties) {
    /**
     * A property.
     *
     * @param name its name
     * @return its value
     */
    public Object property(String name) {
      return properties.get(name);
    }
  }

  /** Nothing has happened yet. */
  public DriverEvents() {}

  /**
   * Makes a backend's context; it knows the property {@code quire.home} and takes drivers.
   *
   * @param home that property
   * @return the context; any other call of it fails
   */
  public BundleContext context(Path home) {
    return proxy(
        BundleContext.class,
        (name, arguments) ->
            switch (name) {
              case "getProperty" -> "quire.home".equals(arguments[0]) ? home.toString() : null;
              case "registerService" ->
                  register((DeviceDriver) arguments[1], (Dictionary<?, ?>) arguments[2]);
              default -> throw new AssertionError(name + " is not expected");
            });
  }

  private Object register(DeviceDriver driver, Dictionary<?, ?> properties) {
    events.add(new Event(ARRIVED, driver, properties));
    return proxy(
        ServiceRegistration.class,
        (name, arguments) -> {
          assertEquals("unregister", name);
          assertTrue(driver.info().memory() > 0, "the driver is still there when it leaves");
          events.add(new Event(LEFT, driver, properties));
          return null;
        });
  }

  /**
   * Waits for the next event, two minutes at most.
   *
   * @param what has happened; anything else fails
   * @return the event
   * @throws InterruptedException if the test is interrupted
   */
  public Event take(String what) throws InterruptedException {
    Event event = events.poll(2, TimeUnit.MINUTES);
    assertNotNull(event, what);
    assertEquals(what, event.what());
    return event;
  }

  /**
   * Waits for the next events.
   *
   * @param count how many
   * @param what has happened each time
   * @return the events
   * @throws InterruptedException if the test is interrupted
   */
  public List<Event> take(int count, String what) throws InterruptedException {
    List<Event> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(take(what));
    }
    return taken;
  }

  /** Checks that nothing has happened that was not taken. */
  public void assertNoMore() {
    assertEquals(List.of(), List.copyOf(events));
  }

  private interface Calls {
    Object call(String name, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Calls calls) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> calls.call(method.getName(), arguments)));
  }
}
