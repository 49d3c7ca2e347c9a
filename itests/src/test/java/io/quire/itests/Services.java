package io.quire.itests;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** Waits for services to arrive and to leave, by their events. */
final class Services {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Services() {}

  /** {@return the service, once there is one} */
  static <T> T await(BundleContext context, Class<T> type, String filter) throws Exception {
    ServiceTracker<T, T> tracker = new ServiceTracker<>(context, filter(type, filter), null);
    tracker.open();
    try {
      T service = tracker.waitForService(LIMIT.toMillis());
      if (service == null) {
        throw new TimeoutException(
            "no " + type.getSimpleName() + " " + filter + " within " + LIMIT);
      }
      return service;
    } finally {
      tracker.close();
    }
  }

  /** Returns once there is no such service. */
  static void awaitGone(BundleContext context, Class<?> type, String filter) throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    ServiceTracker<Object, Object> tracker =
        new ServiceTracker<>(context, filter(type, filter), null) {
          @Override
          public void removedService(ServiceReference<Object> reference, Object service) {
            super.removedService(reference, service);
            gone.countDown();
          }
        };
    tracker.open();
    try {
      if (!tracker.isEmpty() && !gone.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new TimeoutException(
            type.getSimpleName() + " " + filter + " is still there after " + LIMIT);
      }
    } finally {
      tracker.close();
    }
  }

  private static Filter filter(Class<?> type, String filter) throws InvalidSyntaxException {
    return org.osgi.framework.FrameworkUtil.createFilter(
        "(&(objectClass=" + type.getName() + ")" + filter + ")");
  }
}
