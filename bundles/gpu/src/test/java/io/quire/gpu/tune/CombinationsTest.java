package io.quire.gpu.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CombinationsTest {
  @Test
  void shouldListCombinationsDefaultsFirstAndTheLastTunableFastest() {
    Map<String, List<Integer>> tunables = new LinkedHashMap<>();
    tunables.put("A", List.of(4, 2));
    tunables.put("B", List.of(1, 3));

    assertEquals(
        List.of(
            Map.of("A", 4, "B", 1),
            Map.of("A", 4, "B", 3),
            Map.of("A", 2, "B", 1),
            Map.of("A", 2, "B", 3)),
        Combinations.product(tunables));
    assertEquals(List.of(Map.of()), Combinations.product(Map.of()));
  }

  @Test
  void shouldRefuseTooManyCombinations() {
    List<Integer> many = java.util.stream.IntStream.range(0, 64).boxed().toList();
    Map<String, List<Integer>> tunables = Map.of("A", many, "B", many, "C", many, "D", many);

    String message =
        assertThrows(IllegalArgumentException.class, () -> Combinations.product(tunables))
            .getMessage();
    assertTrue(message.contains("65536"), message);
  }

  @Test
  void shouldListThoseThatTheDeviceServes() {
    Combinations combinations = combinations(List.of(256, 8), List.of(4, 1));

    assertEquals(
        List.of(Map.of("A", 256, "B", 1), Map.of("A", 8, "B", 4), Map.of("A", 8, "B", 1)),
        combinations.all());
    assertEquals(Optional.of(Map.of("A", 256, "B", 1)), combinations.first(Map.of()));
    assertEquals(Optional.of(Map.of("A", 8, "B", 4)), combinations.first(Map.of("B", 4)));
    assertEquals(Optional.empty(), combinations.first(Map.of("A", 256, "B", 4)));
  }

  @Test
  void shouldListNeighboursAndChooseTheOthersAnewWhereTheyDoNotSuit() {
    Combinations combinations = combinations(List.of(256, 8, 4), List.of(4, 1));

    assertEquals(
        List.of(Map.of("A", 256, "B", 1), Map.of("A", 4, "B", 4), Map.of("A", 8, "B", 1)),
        combinations.around(Map.of("A", 8, "B", 4)));
  }

  private static Combinations combinations(List<Integer> a, List<Integer> b) {
    FakeDriver driver = new FakeDriver(macros -> 1);
    return new Combinations(driver, Kernels.source(a, b, "text"), "bf16", Kernels.SHAPE);
  }
}
