package io.quire.formats.gguf;

import io.quire.api.model.DType;
import io.quire.api.model.ModelFormatException;
import io.quire.formats.Source;
import io.quire.formats.gguf.GgufHead.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the list of tensors and checks it: types, shapes, offsets, overlap, the file's end. */
final class TensorDirectory {
  /** More tensors than any model has, with its experts apart. */
  static final int MAX = 1 << 16;

  /** Name of one byte, one dimension. */
  static final int MIN_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

  private static final int MAX_NAME_BYTES = 1024;
  private static final int MAX_DIMENSIONS = 4;

  private final Cursor cursor;
  private final int alignment;
  private final long fileSize;

  TensorDirectory(Cursor cursor, int alignment, long fileSize) {
    this.cursor = cursor;
    this.alignment = alignment;
    this.fileSize = fileSize;
  }

  GgufHead read(int count, Map<String, Object> metadata) {
    List<Entry> relative = new ArrayList<>(count);
    Set<String> names = HashSet.newHashSet(count);
    for (int i = 0; i < count; i++) {
      Entry entry = entry(i);
      if (!names.add(entry.name())) {
        throw error(entry.name(), "occurs twice; the file is damaged");
      }
      relative.add(entry);
    }
    long dataStart = Math.ceilDiv(cursor.position(), (long) alignment) * alignment;
    List<Entry> tensors = relative.stream().map(e -> place(e, dataStart)).toList();
    requireApart(tensors);
    return new GgufHead(metadata, tensors, dataStart);
  }

  private Entry entry(int index) {
    String name = cursor.name("the name of tensor " + index, MAX_NAME_BYTES);
    String what = "tensor " + Source.quote(name);
    long dimensions = cursor.u32(what);
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw error(name, "has " + dimensions + " dimensions; 1 to " + MAX_DIMENSIONS + " are read");
    }
    List<Long> shape = new ArrayList<>();
    for (int d = 0; d < dimensions; d++) {
      shape.addFirst(cursor.i64(what));
    }
    long type = cursor.u32(what);
    DType dtype =
        GgmlTypes.dtype(type)
            .orElseThrow(() ->
                error(
                    name,
                    "is stored as "
                        + GgmlTypes.describe(type)
                        + ", which Quire does not read; take a file with "
                        + GgmlTypes.supported()));
    return new Entry(name, dtype, List.copyOf(shape), cursor.i64(what), bytes(name, dtype, shape));
  }

  private long bytes(String name, DType dtype, List<Long> shape) {
    if (shape.stream().anyMatch(d -> d < 1 || d > Integer.MAX_VALUE)) {
      throw error(name, "has shape " + shape + "; dimensions are 1 to 2147483647");
    }
    if (shape.getLast() % dtype.blockElements() != 0) {
      throw error(
          name,
          "has rows of "
              + shape.getLast()
              + " values, which "
              + dtype
              + " cannot store: its blocks have "
              + dtype.blockElements());
    }
    try {
      long rows = shape.subList(0, shape.size() - 1).stream().reduce(1L, Math::multiplyExact);
      Math.toIntExact(rows);
      return dtype.bytes(Math.multiplyExact(rows, shape.getLast()));
    } catch (ArithmeticException e) {
      throw error(name, "has shape " + shape + ", which no memory holds");
    }
  }

  /** Moves an entry from the data's beginning to the file's. */
  private Entry place(Entry entry, long dataStart) {
    long offset = entry.offset();
    if (offset < 0 || offset % alignment != 0) {
      throw error(
          entry.name(),
          "has offset "
              + Long.toUnsignedString(offset)
              + ", which is no multiple of the alignment "
              + alignment);
    }
    long room = fileSize - dataStart;
    if (entry.bytes() > room || offset > room - entry.bytes()) {
      throw error(
          entry.name(),
          "takes "
              + entry.bytes()
              + " bytes at offset "
              + offset
              + " of the data, but the file has "
              + Math.max(room, 0)
              + " bytes of data; it is truncated, fetch it again");
    }
    return new Entry(entry.name(), entry.dtype(), entry.shape(), dataStart + offset, entry.bytes());
  }

  private void requireApart(List<Entry> tensors) {
    List<Entry> sorted = tensors.stream().sorted(Comparator.comparing(Entry::offset)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      Entry before = sorted.get(i - 1);
      Entry entry = sorted.get(i);
      if (entry.offset() < before.end()) {
        throw error(
            entry.name(),
            "begins at byte "
                + entry.offset()
                + ", inside tensor "
                + Source.quote(before.name())
                + ", which ends at "
                + before.end());
      }
    }
  }

  private ModelFormatException error(String name, String message) {
    return cursor.error("tensor " + Source.quote(name) + " " + message);
  }
}
