package io.quire.text.jinja;

import java.util.AbstractList;
import java.util.RandomAccess;

/** Python's range: its elements are computed, not kept. */
final class Range extends AbstractList<Object> implements RandomAccess {
  final long start;
  final long stop;
  final long step;
  private final int size;

  Range(long start, long stop, long step) {
    if (step == 0) {
      throw Fault.value("range() arg 3 must not be zero");
    }
    // Doubles cannot overflow here, and the limit is far below their precision.
    double count = Math.ceil(((double) stop - (double) start) / step);
    if (count > Limits.RANGE) {
      throw new Fault(
          "range too big: " + (long) count + " elements, " + Limits.RANGE + " are allowed");
    }
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.size = (int) Math.max(0, count);
  }

  @Override
  public Object get(int index) {
    return start + index * step;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String toString() {
    return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
  }
}
