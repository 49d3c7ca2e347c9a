package io.quire.backend.cpu.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The vectors are those that Random123 publishes for philox4x32-10. */
class PhiloxTest {
  @Test
  void shouldReproduceTheKnownAnswers() {
    check(0, 0, 0, 0, 0, 0, 0x6627e8d5e169c58dL, 0xbc57ac4c9b00dbd8L);
    check(-1, -1, -1, -1, -1, -1, 0x408f276d41c83b0eL, 0xa20bc7c66d5451fdL);
    check(
        0x243f6a88,
        0x85a308d3,
        0x13198a2e,
        0x03707344,
        0xa4093822,
        0x299f31d0,
        0xd16cfe0994fdccebL,
        0x5001e42024126ea1L);
  }

  private static void check(int c0, int c1, int c2, int c3, int k0, int k1, long first, long last) {
    assertEquals(first, Philox.block(c0, c1, c2, c3, k0, k1, false));
    assertEquals(last, Philox.block(c0, c1, c2, c3, k0, k1, true));
  }

  @Test
  void shouldGiveUniformNumbersFromTheFirstTwoWords() {
    assertEquals((0x6627e8d5e169c58dL >>> 11) * 0x1p-53, Philox.uniform(0, 0));
    double sum = 0;
    for (int position = 0; position < 10_000; position++) {
      double u = Philox.uniform(0x0123456789abcdefL, position);
      assertTrue(u >= 0 && u < 1);
      sum += u;
    }
    assertEquals(0.5, sum / 10_000, 0.015, "five standard deviations");
  }
}
