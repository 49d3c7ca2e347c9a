package io.quire.gpu.tune;

import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelSource;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tunables found for one device, kept in a file. The file is replaced as a whole, so that a
 * reader sees all of it or none; one that is damaged is ignored, with a line in the log, and
 * replaced by the next result. Of two processes that write at a time the results of one may be
 * lost, and are found again.
 *
 * <p>The file's first line is {@code quire-tuning 1} and the device, then one line a result, fields
 * apart by tabs: kernel, hash of its text, dialect, dtype, shape, rows, tunables, nanoseconds.
 */
public final class TuningCache implements TunedValues {
  private static final Logger LOG = System.getLogger(TuningCache.class.getName());
  private static final String HEAD = "quire-tuning 1\t";
  private static final long MOST_BYTES = 8L << 20;
  private static final int MOST_ENTRIES = 20_000;
  private static final int FIELDS = 8;

  private final Path file;
  private final String device;
  private final Map<TuningKey, Result> results = new LinkedHashMap<>();

  /**
   * A choice of tunables.
   *
   * @param tunables a value for each
   * @param nanos time of a launch
   */
  public record Result(Map<String, Integer> tunables, long nanos) {
    /** Copies the map. */
    public Result {
      tunables = Map.copyOf(tunables);
    }
  }

  private TuningCache(Path file, String device) {
    this.file = file;
    this.device = device;
  }

  /**
   * Reads what was found for a device.
   *
   * @param folder where the files are; made with the first result
   * @param device the device; another driver version or prelude makes it another device
   * @return the cache, empty if there is no file that is whole
   */
  public static TuningCache open(Path folder, DeviceInfo device) {
    String identity = identity(device);
    TuningCache cache =
        new TuningCache(folder.resolve(TuningKey.hash(identity) + ".tsv"), identity);
    cache.read();
    return cache;
  }

  /** Everything besides the text that a kernel's speed may depend on, on one line. */
  private static String identity(DeviceInfo device) {
    List<Object> facts =
        List.of(
            device.vendor(),
            device.arch(),
            device.name(),
            device.driver(),
            device.properties().getOrDefault("driver.version", ""),
            device.properties().getOrDefault("prelude", ""),
            device.computeUnits(),
            device.properties().getOrDefault("local.memory", 0));
    return String.join(" | ", facts.stream().map(String::valueOf).toList())
        .replaceAll("\\p{Cntrl}", " ");
  }

  @Override
  public Map<String, Integer> best(
      KernelSource source, String dtype, Map<String, Integer> shape, int rows) {
    return find(TuningKey.of(source, dtype, shape, rows))
        .map(Result::tunables)
        .filter(values -> fits(source, values))
        .orElse(Map.of());
  }

  private static boolean fits(KernelSource source, Map<String, Integer> values) {
    Map<String, List<Integer>> candidates = source.header().tunables();
    return values.keySet().equals(candidates.keySet())
        && values.entrySet().stream()
            .allMatch(value -> candidates.get(value.getKey()).contains(value.getValue()));
  }

  /**
   * A result.
   *
   * @param key what it is for
   * @return the result, empty if there is none
   */
  public synchronized Optional<Result> find(TuningKey key) {
    return Optional.ofNullable(results.get(key));
  }

  /** {@return how many results there are} */
  public synchronized int size() {
    return results.size();
  }

  /**
   * Keeps a result, and writes the file. Whether the latter succeeds matters to nobody but the next
   * start.
   *
   * @param key what it is for
   * @param result the result
   */
  public synchronized void store(TuningKey key, Result result) {
    Map<TuningKey, Result> mine = new HashMap<>(results);
    read(); // what another process found in the meantime
    results.putAll(mine);
    results.remove(key);
    results.put(key, result);
    while (results.size() > MOST_ENTRIES) {
      results.remove(results.keySet().iterator().next());
    }
    try {
      write();
    } catch (IOException e) {
      LOG.log(Level.WARNING, "tuning results cannot be kept in {0} ({1})", file, e);
    }
  }

  private synchronized void read() {
    try {
      if (Files.isRegularFile(file)) {
        if (Files.size(file) > MOST_BYTES) {
          throw new IOException("it has more than " + MOST_BYTES + " bytes");
        }
        results.putAll(parse(Files.readAllLines(file, StandardCharsets.UTF_8)));
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.log(
          Level.WARNING,
          "tuning results {0} are ignored, the first candidates are taken ({1})",
          file,
          e.getMessage());
    }
  }

  private Map<TuningKey, Result> parse(List<String> lines) {
    if (lines.isEmpty() || !lines.getFirst().equals(HEAD + device)) {
      throw new IllegalArgumentException("its first line is not that of this device");
    }
    Map<TuningKey, Result> parsed = new LinkedHashMap<>();
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split("\t", -1);
      if (fields.length != FIELDS) {
        throw new IllegalArgumentException(
            "a line has " + fields.length + " fields, not " + FIELDS);
      }
      TuningKey key =
          new TuningKey(
              fields[0],
              fields[1],
              fields[2],
              fields[3],
              numbers(fields[4]),
              Integer.parseInt(fields[5]));
      parsed.put(key, new Result(numbers(fields[6]), Long.parseLong(fields[7])));
    }
    return parsed;
  }

  private static Map<String, Integer> numbers(String text) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (String pair : text.isEmpty() ? new String[0] : text.split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("'" + pair + "' is not NAME=NUMBER");
      }
      numbers.put(pair.substring(0, equals), Integer.parseInt(pair.substring(equals + 1)));
    }
    return numbers;
  }

  private void write() throws IOException {
    StringBuilder text = new StringBuilder(HEAD).append(device).append('\n');
    results.forEach((key, result) ->
        text.append(key.kernel())
            .append('\t')
            .append(key.hash())
            .append('\t')
            .append(key.dialect())
            .append('\t')
            .append(key.dtype())
            .append('\t')
            .append(key.shapeText())
            .append('\t')
            .append(key.rows())
            .append('\t')
            .append(Combinations.text(result.tunables()))
            .append('\t')
            .append(result.nanos())
            .append('\n'));
    Files.createDirectories(file.getParent());
    Path part = Files.createTempFile(file.getParent(), "new", ".part");
    try {
      Files.writeString(part, text);
      try {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
