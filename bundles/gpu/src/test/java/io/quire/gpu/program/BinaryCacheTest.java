package io.quire.gpu.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryCacheTest {
  private static final ProgramKey KEY = ProgramKey.of("text", "options", "driver");

  private final Random random = new Random(0x5157495245L);
  @TempDir private Path temporary;

  @Test
  void shouldGiveBackWhatWasStored() throws IOException {
    byte[] binary = new byte[1000];
    random.nextBytes(binary);
    Path folder = temporary.resolve("made").resolve("when").resolve("needed");
    new BinaryCache(Optional.of(folder)).store(KEY, binary);
    BinaryCache again = new BinaryCache(Optional.of(folder));
    assertArrayEquals(binary, again.load(KEY).orElseThrow());
    assertTrue(again.load(ProgramKey.of("other")).isEmpty());
    assertEquals(1, files(folder).size(), "nothing but the binary is left");
  }

  @Test
  void shouldForgetWhatIsDamaged() throws IOException {
    byte[] binary = new byte[300];
    random.nextBytes(binary);
    BinaryCache cache = new BinaryCache(Optional.of(temporary));
    for (int i = 0; i < 20; i++) {
      cache.store(KEY, binary);
      Path file = files(temporary).getFirst();
      byte[] content = Files.readAllBytes(file);
      content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
      Files.write(file, content);
      assertTrue(cache.load(KEY).isEmpty());
      assertFalse(Files.exists(file));
    }
  }

  @Test
  void shouldReplaceABinary() {
    BinaryCache cache = new BinaryCache(Optional.of(temporary));
    cache.store(KEY, new byte[] {1});
    cache.store(KEY, new byte[] {2, 3});
    assertArrayEquals(new byte[] {2, 3}, cache.load(KEY).orElseThrow());
    cache.remove(KEY);
    assertTrue(cache.load(KEY).isEmpty());
  }

  @Test
  void shouldKeepNothingWithoutAFolder() {
    BinaryCache cache = new BinaryCache(Optional.empty());
    cache.store(KEY, new byte[] {1});
    assertTrue(cache.load(KEY).isEmpty());
  }

  @Test
  void shouldDoWithoutAFolderThatCannotBeMade() throws IOException {
    Path file = Files.writeString(temporary.resolve("file"), "in the way");
    BinaryCache cache = new BinaryCache(Optional.of(file.resolve("kernels")));
    cache.store(KEY, new byte[] {1});
    assertTrue(cache.load(KEY).isEmpty());
  }

  @Test
  void shouldTellPartsOfAKeyApart() {
    assertNotEquals(ProgramKey.of("ab", "c"), ProgramKey.of("a", "bc"));
    assertNotEquals(ProgramKey.of("a"), ProgramKey.of("a", ""));
    assertEquals(ProgramKey.of("a", "b"), ProgramKey.of("a", "b"));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }
}
