package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * What stands between brackets with colons.
 *
 * @param start none, or a whole number
 * @param stop none, or a whole number
 * @param step none, or a whole number
 */
record Slice(Object start, Object stop, Object step) {
  /** First index, end and step for a sequence of this length. */
  private long[] range(int length) {
    long by = step == Values.NONE ? 1 : bound(step);
    if (by == 0) {
      throw Fault.value("slice step cannot be zero");
    }
    long low = by < 0 ? -1 : 0;
    long high = by < 0 ? length - 1 : length;
    long from = clamp(start, by < 0 ? high : low, length, low, high);
    long to = clamp(stop, by < 0 ? low : high, length, low, high);
    // No sequence is longer than this, and so the loops below cannot overflow.
    return new long[] {
      from, to, Math.clamp(by, -(long) Integer.MAX_VALUE, (long) Integer.MAX_VALUE)
    };
  }

  private static long clamp(Object value, long otherwise, int length, long low, long high) {
    if (value == Values.NONE) {
      return otherwise;
    }
    long index = bound(value);
    return Math.clamp(index < 0 ? index + length : index, low, high);
  }

  private static long bound(Object value) {
    if (value instanceof Undefined || !Values.isInt(value)) {
      throw Fault.type("slice indices must be integers or None");
    }
    return Values.index(value);
  }

  List<Object> take(List<?> list, Budget budget) {
    long[] range = range(list.size());
    budget.items(count(range));
    List<Object> taken = new ArrayList<>();
    for (long i = range[0]; range[2] > 0 ? i < range[1] : i > range[1]; i += range[2]) {
      taken.add(list.get((int) i));
    }
    return taken;
  }

  /** A slice of a range is a range. */
  Range take(Range range) {
    long[] bounds = range(range.size());
    try {
      return new Range(
          Math.addExact(range.start, Math.multiplyExact(bounds[0], range.step)),
          Math.addExact(range.start, Math.multiplyExact(bounds[1], range.step)),
          Math.multiplyExact(bounds[2], range.step));
    } catch (ArithmeticException e) {
      throw new Fault("the slice of " + range + " does not fit into 64 bits");
    }
  }

  String take(String text, Budget budget) {
    boolean flat = Chars.flat(text, budget);
    int[] points = flat ? new int[0] : text.codePoints().toArray();
    long[] range = range(flat ? text.length() : points.length);
    budget.text(count(range));
    if (flat && range[2] == 1) {
      return range[0] < range[1] ? text.substring((int) range[0], (int) range[1]) : "";
    }
    StringBuilder out = new StringBuilder();
    for (long i = range[0]; range[2] > 0 ? i < range[1] : i > range[1]; i += range[2]) {
      out.appendCodePoint(flat ? text.charAt((int) i) : points[(int) i]);
    }
    return out.toString();
  }

  private static long count(long[] range) {
    return Math.max(0, (range[1] - range[0]) / range[2] + 1);
  }
}
