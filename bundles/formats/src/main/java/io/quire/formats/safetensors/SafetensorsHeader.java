package io.quire.formats.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.quire.api.model.DType;
import io.quire.api.model.ModelFormatException;
import io.quire.formats.Source;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads and checks the header of a safetensors file.
 *
 * <pre>
 * u64 little-endian: length of the header
 * header: {"NAME": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [begin, end]}, ...,
 *          "__metadata__": {"text": "text"}}, padded with spaces
 * data: tensors without gaps, offsets counted from here
 * </pre>
 *
 * @see <a href="https://huggingface.co/docs/safetensors">safetensors</a>
 */
final class SafetensorsHeader {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The limit of the format's own reader. */
  private static final long MAX_HEADER = 100_000_000;

  private static final int MAX_TENSORS = 1 << 16;
  private static final int MAX_DIMENSIONS = 8;
  private static final Map<String, DType> DTYPES =
      Map.of("F32", DType.F32, "F16", DType.F16, "BF16", DType.BF16);

  private final Source source;

  private SafetensorsHeader(Source source) {
    this.source = source;
  }

  /**
   * Where a tensor lies.
   *
   * @param name unique in the file
   * @param dtype how it is stored
   * @param shape outermost first
   * @param begin first byte, from the beginning of the file
   * @param end byte after the last
   */
  record Entry(String name, DType dtype, List<Long> shape, long begin, long end) {}

  /**
   * Reads a header.
   *
   * @return tensors in the order of their data, which fill the file
   * @throws ModelFormatException if anything is wrong
   */
  static List<Entry> parse(Source source, MemorySegment file) {
    return new SafetensorsHeader(source).parse(file);
  }

  private List<Entry> parse(MemorySegment file) {
    long size = file.byteSize();
    if (size < 8) {
      throw source.error("has " + size + " bytes; a safetensors file has at least 8");
    }
    long length = file.get(LENGTH, 0);
    if (length < 2 || length > MAX_HEADER || length > size - 8) {
      throw source.error(
          "claims a header of "
              + Long.toUnsignedString(length)
              + " bytes; the file has "
              + size
              + " bytes, and headers have at most "
              + MAX_HEADER
              + "; it is truncated or no safetensors file");
    }
    byte[] header = file.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
    List<Entry> relative = Json.read(source, header, this::entries);
    return placed(relative, 8 + length, size);
  }

  private List<Entry> entries(JsonParser parser) throws IOException {
    List<Entry> entries = new ArrayList<>();
    Set<String> names = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw error(name, "is described by no object; the file is damaged");
      }
      if (name.equals("__metadata__")) {
        parser.skipChildren();
      } else {
        if (!names.add(name)) {
          throw error(name, "occurs twice; the file is damaged");
        }
        entries.add(entry(name, parser));
      }
      if (entries.size() > MAX_TENSORS) {
        throw source.error("has more than " + MAX_TENSORS + " tensors");
      }
    }
    return entries;
  }

  private Entry entry(String name, JsonParser parser) throws IOException {
    Optional<String> type = Optional.empty();
    Optional<List<Long>> shape = Optional.empty();
    Optional<List<Long>> offsets = Optional.empty();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      switch (parser.currentName()) {
        case "dtype" -> type = once(type, name, Json.string(parser, source, "a dtype"));
        case "shape" -> shape = once(shape, name, numbers(name, parser, MAX_DIMENSIONS));
        case "data_offsets" -> offsets = once(offsets, name, numbers(name, parser, 2));
        default -> throw error(name, "has a member " + Source.quote(parser.currentName()));
      }
    }
    if (type.isEmpty() || shape.isEmpty() || offsets.filter(o -> o.size() == 2).isEmpty()) {
      throw error(name, "lacks its dtype, shape or two data_offsets; the file is damaged");
    }
    List<Long> range = offsets.get();
    return checked(name, dtype(name, type.get()), shape.get(), range.get(0), range.get(1));
  }

  private <T> Optional<T> once(Optional<T> before, String name, T value) {
    if (before.isPresent()) {
      throw error(name, "is described twice; the file is damaged");
    }
    return Optional.of(value);
  }

  private List<Long> numbers(String name, JsonParser parser, int limit) throws IOException {
    List<Long> numbers = new ArrayList<>();
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      throw error(name, "has a shape or data_offsets that are no array; the file is damaged");
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || numbers.size() == limit) {
        throw error(
            name, "has other than at most " + limit + " whole numbers in shape or data_offsets");
      }
      numbers.add(parser.getLongValue());
    }
    return numbers;
  }

  private DType dtype(String name, String type) {
    DType dtype = DTYPES.get(type);
    if (dtype == null) {
      throw error(
          name,
          "is stored as "
              + Source.quote(type)
              + ", which Quire does not read; take a model with F32, F16 or BF16 weights, or a"
              + " GGUF file");
    }
    return dtype;
  }

  private Entry checked(String name, DType dtype, List<Long> shape, long begin, long end) {
    if (shape.stream().anyMatch(d -> d < 1 || d > Integer.MAX_VALUE)) {
      throw error(name, "has shape " + shape + "; dimensions are 1 to 2147483647");
    }
    try {
      // A single number has no dimension there and one here.
      List<Long> dimensions = shape.isEmpty() ? List.of(1L) : List.copyOf(shape);
      long elements = dimensions.stream().reduce(1L, Math::multiplyExact);
      Math.toIntExact(elements / dimensions.getLast());
      long bytes = dtype.bytes(elements);
      if (begin < 0 || end < begin || end - begin != bytes) {
        throw error(
            name,
            "takes "
                + bytes
                + " bytes, but data_offsets are "
                + List.of(begin, end)
                + "; the file is damaged");
      }
      return new Entry(name, dtype, dimensions, begin, end);
    } catch (ArithmeticException e) {
      throw error(name, "has shape " + shape + ", which no memory holds");
    }
  }

  /** Sorts by offset, checks that tensors fill the data, and counts from the file's beginning. */
  private List<Entry> placed(List<Entry> relative, long dataStart, long size) {
    List<Entry> placed = new ArrayList<>(relative.size());
    long next = 0;
    for (Entry e : relative.stream().sorted(Comparator.comparing(Entry::begin)).toList()) {
      if (e.begin() != next) {
        throw error(
            e.name(),
            "begins at byte " + e.begin() + " of the data, but the one before ends at " + next);
      }
      next = e.end();
      if (next > size - dataStart) {
        throw error(
            e.name(),
            "ends at byte "
                + next
                + " of the data, but the file has "
                + (size - dataStart)
                + "; it is truncated, fetch it again");
      }
      placed.add(
          new Entry(e.name(), e.dtype(), e.shape(), dataStart + e.begin(), dataStart + e.end()));
    }
    if (next != size - dataStart) {
      throw source.error(
          "has " + (size - dataStart) + " bytes of data, but its tensors end at " + next);
    }
    return placed;
  }

  private ModelFormatException error(String name, String message) {
    return source.error("tensor " + Source.quote(name) + " " + message);
  }
}
