package io.quire.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.api.engine.Histogram;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExpositionTest {
  private final Exposition out = new Exposition();

  @Test
  void shouldWriteHelpTypeAndSamples() {
    out.family("a:b_total", "counter", "One\nline \\ only.");
    out.sample(Map.of(), 5L);
    out.sample(Map.of("m", "x"), 0.5);
    assertEquals(
        """
        # HELP a:b_total One\\nline \\\\ only.
        # TYPE a:b_total counter
        a:b_total 5
        a:b_total{m="x"} 0.5
        """,
        out.text());
  }

  @Test
  void shouldEscapeLabels() {
    out.family("a", "gauge", "h").sample(Map.of("m", "q\"b\\n\nend"), 1L);
    assertEquals("a{m=\"q\\\"b\\\\n\\nend\"} 1", out.text().lines().toList().getLast());
  }

  @Test
  void shouldAddHistogramsUp() {
    out.family("h", "histogram", "x");
    out.histogram(Map.of("m", "x"), new Histogram(List.of(0.001, 1.0), List.of(2L, 0L, 3L), 12.25));
    assertEquals(
        """
        # HELP h x
        # TYPE h histogram
        h_bucket{m="x",le="0.001"} 2
        h_bucket{m="x",le="1.0"} 2
        h_bucket{m="x",le="+Inf"} 5
        h_sum{m="x"} 12.25
        h_count{m="x"} 5
        """,
        out.text());
  }

  @Test
  void shouldWriteNumbersThatAreNone() {
    out.family("a", "gauge", "h");
    out.sample(Map.of(), Double.NaN);
    out.sample(Map.of(), Double.POSITIVE_INFINITY);
    out.sample(Map.of(), Double.NEGATIVE_INFINITY);
    assertEquals(List.of("a NaN", "a +Inf", "a -Inf"), out.text().lines().skip(2).toList());
  }
}
