package io.quire.bench.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.bench.command.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LengthsTest {
  @TempDir Path folder;

  @Test
  void shouldDrawTheSameFromTheSameSeed() {
    assertEquals(Lengths.chat(500, 3, 1024, 1024), Lengths.chat(500, 3, 1024, 1024));
    assertNotEquals(Lengths.chat(500, 3, 1024, 1024), Lengths.chat(500, 4, 1024, 1024));
  }

  @Test
  void shouldDrawLengthsOfAChat() {
    List<Lengths> all = Lengths.chat(20_000, 1, 1024, 512);
    assertTrue(all.stream().allMatch(l -> l.prompt() >= 4 && l.prompt() <= 1024));
    assertTrue(all.stream().allMatch(l -> l.output() >= 4 && l.output() <= 512));
    // The mean of a log-normal cut at 1024, by numerical integration: 204.
    assertEquals(204, all.stream().mapToInt(Lengths::prompt).average().orElseThrow(), 6);
    // Half of the draws lie below exp(mu).
    long below = all.stream().filter(l -> l.prompt() < Math.exp(4.8)).count();
    assertEquals(0.5, below / 20_000.0, 0.02);
  }

  @Test
  void shouldReadPairsAndStartAgainWhenTheyRunOut() throws IOException {
    List<Lengths> expected = List.of(new Lengths(9, 42), new Lengths(151, 33), new Lengths(9, 42));
    assertEquals(expected, Lengths.read(file("[[9, 42], [151, 33]]"), 3));
    assertEquals(
        expected, Lengths.read(file("{\"about\": \"x\", \"lengths\": [[9, 42], [151, 33]]}"), 3));
  }

  @Test
  void shouldRefuseWhatIsNoPair() throws IOException {
    for (String text :
        List.of(
            "[]", "{}", "[[1]]", "[[1, 2, 3]]", "[[0, 1]]", "[[1, 1.5]]", "[[1, 9999999999]]")) {
      Path file = file(text);
      assertThrows(UsageException.class, () -> Lengths.read(file, 2), text);
    }
    Path broken = file("[[1, 2]");
    assertThrows(IOException.class, () -> Lengths.read(broken, 1));
  }

  @Test
  void shouldDrawWaitingTimesWithTheirMean() {
    Draws draws = new Draws(11);
    Samples samples = new Samples();
    for (int i = 0; i < 50_000; i++) {
      samples.add(draws.exponential(4));
    }
    assertEquals(4, samples.mean(), 0.1);
    assertEquals(4 * Math.log(2), samples.median(), 0.1);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "lengths", ".json"), text);
  }
}
