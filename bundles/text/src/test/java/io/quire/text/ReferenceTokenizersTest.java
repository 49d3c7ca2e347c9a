package io.quire.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.api.text.Tokenizer;
import io.quire.testkit.References;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Both real models against everything that independent implementations produced. */
class ReferenceTokenizersTest {
  private static Stream<Arguments> models() {
    return Stream.of(
        Arguments.of(References.SMOLLM2, RealTokenizers.smollm2()),
        Arguments.of(References.GEMMA3, RealTokenizers.gemma3()));
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldEncodeEveryReferenceText(String model, Tokenizer tokenizer) {
    List<JsonNode> lines = References.lines(model, "tokenizer.jsonl");
    Set<String> plain = new HashSet<>();
    for (JsonNode line : lines) {
      if (!line.get("parse_special").asBoolean()) {
        plain.add(line.get("text").asText());
      }
    }
    for (JsonNode line : lines) {
      String text = line.get("text").asText();
      boolean parse = line.get("parse_special").asBoolean();
      assertEncodes(line, tokenizer.encode(text, false, parse));
      if (!plain.contains(text)) {
        assertEncodes(line, tokenizer.encode(text, false, !parse));
      }
    }
    assertTrue(lines.size() > 200, "lines: " + lines.size());
  }

  private static void assertEncodes(JsonNode line, int[] ids) {
    JsonNode other = line.get("sentencepiece_ids");
    if (other != null && Arrays.equals(References.ints(other), ids)) {
      return;
    }
    assertArrayEquals(References.ints(line.get("ids")), ids, line.toString());
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldDecodeEveryReferenceText(String model, Tokenizer tokenizer) {
    for (JsonNode line : References.lines(model, "tokenizer.jsonl")) {
      int[] ids = References.ints(line.get("ids"));
      assertEquals(line.get("decoded").asText(), tokenizer.decode(ids, false), line.toString());
      assertEquals(
          line.get("decoded_skip_special").asText(), tokenizer.decode(ids, true), line.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldStreamReferenceOutputsUpToWholeCharacters(String model, Tokenizer tokenizer) {
    for (JsonNode line : References.lines(model, "greedy.jsonl")) {
      TextStream stream = tokenizer.stream(new StreamOptions(true, List.of(), false));
      int[] ids = References.ints(line.get("output_ids"));
      int[] ends = References.ints(line.get("text_ends"));
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < ends.length; i++) {
        text.append(stream.append(ids[i]));
        assertEquals(ends[i], text.codePointCount(0, text.length()), line.get("name") + " " + i);
      }
      text.append(stream.finish());
      assertEquals(line.get("output_text").asText(), text.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldEncodeReferencePrompts(String model, Tokenizer tokenizer) {
    for (JsonNode line : References.lines(model, "greedy.jsonl")) {
      String prompt = line.get("prompt").asText();
      assertArrayEquals(
          References.ints(line.get("prompt_ids")),
          tokenizer.encode(prompt, true, true),
          line.get("name").asText());
    }
  }

  @Test
  void shouldEncodeReferenceConversations() {
    Tokenizer tokenizer = RealTokenizers.smollm2();
    for (JsonNode line : References.lines(References.SMOLLM2, "chat.jsonl")) {
      assertArrayEquals(
          References.ints(line.get("ids")),
          tokenizer.encode(line.get("text").asText(), true, true),
          line.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldEncodeTheLongReferenceText(String model, Tokenizer tokenizer) {
    String text = perplexityText(model);
    JsonNode expected = References.json(model, "perplexity.json");
    assertArrayEquals(References.ints(expected.get("ids")), tokenizer.encode(text, false, false));
  }

  private static String perplexityText(String model) {
    String path = "references/" + model + "/perplexity.txt";
    try (InputStream in = References.class.getResourceAsStream(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
