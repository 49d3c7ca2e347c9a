package io.quire.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quire.api.model.ModelConfig;
import io.quire.api.text.Tokenizer;
import io.quire.testkit.References;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files of every form, against what the makers' own library does with them. */
class HuggingFaceFormsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "byte-level",
        "digits",
        "llama3",
        "qwen2",
        "gpt4o",
        "llama2",
        "metaspace",
        "metaspace-split",
        "gemma",
        "added",
        "split-removed",
        "split-merged_with_previous",
        "split-merged_with_next",
        "split-contiguous"
      })
  void shouldDoAsTheMakersLibraryDoes(String name) throws IOException {
    Tokenizer tokenizer =
        new HuggingFaceTokenizerFactory()
            .create(
                GgufMetadata.of(
                    ModelConfig.Naming.HUGGING_FACE,
                    Map.of(),
                    Map.of("tokenizer.json", resource(name + ".json"))));
    int lines = 0;
    for (String json : resource(name + ".jsonl").lines().toList()) {
      JsonNode line = JSON.readTree(json);
      String text = line.get("text").asText();
      int[] around = References.ints(line.get("around"));
      assertArrayEquals(
          References.ints(line.get("ids")), tokenizer.encode(text, false, true), json);
      assertArrayEquals(
          References.ints(line.get("plain")), tokenizer.encode(text, false, false), json);
      assertArrayEquals(around, tokenizer.encode(text, true, true), json);
      assertEquals(line.get("decoded").asText(), tokenizer.decode(around, false), json);
      assertEquals(line.get("skipped").asText(), tokenizer.decode(around, true), json);
      lines++;
    }
    assertEquals(150, lines);
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = HuggingFaceFormsTest.class.getResourceAsStream("tokenizers/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
