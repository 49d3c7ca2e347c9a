package io.quire.gpu.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningCacheTest {
  private static final Map<String, Integer> SHAPE = Map.of("WIDTH", 576, "FUNCTION", 0);
  private static final Map<String, Integer> VALUES = Map.of("A", 8, "B", 4);
  private static final KernelSource SOURCE = Kernels.source(List.of(1, 8), List.of(1, 4), "text");

  @TempDir Path folder;

  @Test
  void shouldRememberAcrossStarts() {
    store(open(), 100);

    TuningCache again = open();
    assertEquals(1, again.size());
    assertEquals(VALUES, again.best(SOURCE, "bf16", SHAPE, 128));
    assertEquals(VALUES, again.best(SOURCE, "bf16", withElement(0), 65));
  }

  @Test
  void shouldTellTextsShapesTypesRowsAndDevicesApart() {
    store(open(), 100);
    TuningCache cache = open();

    KernelSource other = Kernels.source(List.of(1, 8), List.of(1, 4), "another text");
    assertEquals(Map.of(), cache.best(other, "bf16", SHAPE, 100));
    assertEquals(Map.of(), cache.best(SOURCE, "f16", SHAPE, 100));
    assertEquals(Map.of(), cache.best(SOURCE, "bf16", withElement(1), 100));
    assertEquals(Map.of(), cache.best(SOURCE, "bf16", Map.of("WIDTH", 576), 100));
    assertEquals(Map.of(), cache.best(SOURCE, "bf16", SHAPE, 64));
    assertEquals(Map.of(), TuningCache.open(folder, device("2")).best(SOURCE, "bf16", SHAPE, 100));
  }

  @Test
  void shouldIgnoreDamagedFilesAndReplaceThem() throws IOException {
    store(open(), 100);
    Path file = file();
    String whole = Files.readString(file);
    for (String damaged :
        List.of(
            "",
            "quire-tuning 2\tanother device\n",
            whole.substring(0, whole.length() - 8),
            whole + "one more\tline\n",
            whole.replace("A=8", "A=eight"),
            whole.replace("A=8", "8"),
            whole.replace("128", "many"))) {
      Files.writeString(file, damaged);
      assertEquals(0, open().size(), damaged);
    }
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    TuningCache cache = open();
    assertEquals(0, cache.size());

    store(cache, 4);

    assertEquals(VALUES, open().best(SOURCE, "bf16", SHAPE, 4));
  }

  @Test
  void shouldGiveNoValueThatTheKernelDoesNotOffer() {
    TuningCache cache = open();
    for (Map<String, Integer> values :
        List.of(Map.of("A", 3, "B", 4), Map.of("A", 8), Map.of("A", 8, "B", 4, "C", 1))) {
      cache.store(TuningKey.of(SOURCE, "bf16", SHAPE, 1), new TuningCache.Result(values, 1));
      assertEquals(Map.of(), cache.best(SOURCE, "bf16", SHAPE, 1), values.toString());
    }
  }

  @Test
  void shouldKeepWhatAnotherProcessFound() {
    TuningCache one = open();
    TuningCache two = open();

    store(one, 1);
    store(two, 2);

    assertEquals(2, open().size());
  }

  @Test
  void shouldLeaveNoPartialFiles() throws IOException {
    TuningCache cache = open();
    store(cache, 1);
    store(cache, 1);

    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
    assertEquals(2, Files.readAllLines(file()).size());
  }

  @Test
  void shouldWorkWithoutAPlaceToWrite() throws IOException {
    Path occupied = Files.writeString(folder.resolve("file"), "not a folder");
    TuningCache cache = TuningCache.open(occupied, device("1"));

    store(cache, 100);

    assertEquals(VALUES, cache.best(SOURCE, "bf16", SHAPE, 100));
  }

  @Test
  void shouldRoundRowsUp() {
    assertEquals(1, rows(-3));
    assertEquals(1, rows(1));
    assertEquals(4, rows(3));
    assertEquals(4, rows(4));
    assertEquals(8, rows(5));
    assertEquals(1 << 30, rows(Integer.MAX_VALUE));
  }

  private static int rows(int rows) {
    return TuningKey.of(SOURCE, "bf16", SHAPE, rows).rows();
  }

  private void store(TuningCache cache, int rows) {
    cache.store(TuningKey.of(SOURCE, "bf16", SHAPE, rows), new TuningCache.Result(VALUES, 12));
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.toList();
      assertTrue(found.size() == 1, found.toString());
      return found.getFirst();
    }
  }

  private static Map<String, Integer> withElement(int half) {
    return Map.of("WIDTH", 576, "FUNCTION", 0, "ELEM_FP16", half);
  }

  private TuningCache open() {
    return TuningCache.open(folder, device("1"));
  }

  private static DeviceInfo device(String driver) {
    return new DeviceInfo(
        "fake0", "Fake", "nobody", "fake", "fake", 1, 1, Map.of("driver.version", driver));
  }
}
