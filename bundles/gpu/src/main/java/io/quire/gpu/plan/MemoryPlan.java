package io.quire.gpu.plan;

import io.quire.api.device.DeviceException;
import io.quire.api.model.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where values lie in one piece of memory. Values that are never needed at the same time share
 * their place. What rows of logits are computed from stays until the end, since they are computed
 * in several rounds.
 */
final class MemoryPlan {
  private static final long ALIGNMENT = 256;

  private final Map<Integer, Place> places = new HashMap<>();
  private long bytes;

  /** A value's bytes, while nodes {@code first} to {@code last} run. */
  private record Place(long offset, long length, int first, int last) {
    boolean meets(int otherFirst, int otherLast) {
      return first <= otherLast && otherFirst <= last;
    }
  }

  /** Says how many bytes a value takes. */
  interface Length {
    /** {@return bytes of all rows of a value} */
    long of(Value value);
  }

  /**
   * Places every value that a node writes.
   *
   * @param nodes in the order they run
   * @param length the values' sizes
   */
  MemoryPlan(List<Node> nodes, Length length) {
    Map<Integer, Value> values = new HashMap<>();
    Map<Integer, Integer> first = new HashMap<>();
    Map<Integer, Integer> last = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      for (Value out : node.outputs()) {
        values.put(out.id(), out);
        first.put(out.id(), i);
        last.put(out.id(), i);
      }
      for (Value in : node.inputs()) {
        if (!first.containsKey(in.id())) {
          throw new DeviceException("the graph reads " + in + " before it is written");
        }
        boolean kept = node.rows() == Value.Rows.LOGITS && in.rows() == Value.Rows.TOKENS;
        last.merge(in.id(), kept ? nodes.size() : i, Math::max);
      }
    }
    values.values().stream()
        .sorted(Comparator.comparingLong(length::of).reversed().thenComparing(Value::id))
        .forEach(v -> place(v.id(), length.of(v), first.get(v.id()), last.get(v.id())));
  }

  /** The lowest gap among the values alive at the same time. */
  private void place(int id, long length, int first, int last) {
    List<Place> alive = new ArrayList<>();
    for (Place place : places.values()) {
      if (place.meets(first, last)) {
        alive.add(place);
      }
    }
    alive.sort(Comparator.comparingLong(Place::offset));
    long offset = 0;
    for (Place place : alive) {
      if (offset + length <= place.offset()) {
        break;
      }
      offset = Math.max(offset, align(place.offset() + place.length()));
    }
    places.put(id, new Place(offset, length, first, last));
    bytes = Math.max(bytes, align(offset + length));
  }

  private static long align(long offset) {
    return Math.ceilDiv(offset, ALIGNMENT) * ALIGNMENT;
  }

  /** {@return bytes in all} */
  long bytes() {
    return bytes;
  }

  /** {@return the first byte of a value} */
  long offset(Value value) {
    return places.get(value.id()).offset();
  }

  /** {@return the bytes of a value} */
  long length(Value value) {
    return places.get(value.id()).length();
  }
}
