package io.quire.text.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.testkit.Seed;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Seed.class)
class Utf8DecoderTest {
  @ParameterizedTest
  @CsvSource({
    "41, A",
    "c3a9, \u00e9",
    "f09f9880, \ud83d\ude00",
    "80, \ufffd",
    "c0af, \ufffd\ufffd",
    "e08080, \ufffd\ufffd\ufffd",
    "eda080, \ufffd\ufffd\ufffd",
    "f0908041, \ufffdA",
    "e282, \ufffd",
    "e28241, \ufffdA",
    "f4908080, \ufffd\ufffd\ufffd\ufffd",
    "f5ff, \ufffd\ufffd",
    "e2e282ac, \ufffd\u20ac",
    "f09f98c3a9, \ufffd\u00e9"
  })
  void shouldReplaceEachMaximalPartOfABrokenCharacter(String hex, String expected) {
    assertEquals(expected, decode(HexFormat.of().parseHex(hex)));
  }

  @Test
  void shouldNotDependOnHowBytesArrive(RandomGenerator random) {
    byte[] alphabet = HexFormat.of().parseHex("4120c3a9e282acf09f9880e0a0f4908fedbfc0ff80");
    for (int round = 0; round < 2000; round++) {
      byte[] bytes = new byte[random.nextInt(20)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = alphabet[random.nextInt(alphabet.length)];
      }
      Utf8Decoder decoder = new Utf8Decoder();
      StringBuilder parts = new StringBuilder();
      int from = 0;
      while (from < bytes.length) {
        int to = Math.min(bytes.length, from + 1 + random.nextInt(3));
        decoder.append(bytes, from, to, parts);
        from = to;
      }
      decoder.finish(parts);
      assertEquals(decode(bytes), parts.toString(), HexFormat.of().formatHex(bytes));
    }
  }

  private static String decode(byte[] bytes) {
    Utf8Decoder decoder = new Utf8Decoder();
    StringBuilder text = new StringBuilder();
    decoder.append(bytes, 0, bytes.length, text);
    decoder.finish(text);
    return text.toString();
  }
}
