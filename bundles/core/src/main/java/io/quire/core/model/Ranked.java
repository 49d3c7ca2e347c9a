package io.quire.core.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Services of one kind that come and go, best first: highest ranking, then longest there.
 *
 * @param <T> the service
 */
final class Ranked<T> {
  /** A service and its properties. */
  record Entry<T>(T service, Map<String, Object> properties) {
    int ranking() {
      return properties.get("service.ranking") instanceof Integer r ? r : 0;
    }

    private long id() {
      return properties.get("service.id") instanceof Long id ? id : Long.MAX_VALUE;
    }
  }

  private final List<Entry<T>> entries = new ArrayList<>();

  synchronized void add(T service, Map<String, Object> properties) {
    entries.add(new Entry<>(service, Map.copyOf(properties)));
    entries.sort(
        Comparator.comparingInt((Entry<T> e) -> -e.ranking()).thenComparingLong(Entry::id));
  }

  synchronized void remove(T service) {
    entries.removeIf(e -> e.service() == service);
  }

  synchronized List<Entry<T>> entries() {
    return List.copyOf(entries);
  }

  List<T> services() {
    return entries().stream().map(Entry::service).toList();
  }
}
