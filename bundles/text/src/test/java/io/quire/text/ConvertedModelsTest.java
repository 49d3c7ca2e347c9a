package io.quire.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFile;
import io.quire.api.text.Tokenizer;
import io.quire.testkit.References;
import io.quire.testkit.TestModels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The two real vocabularies written as {@code tokenizer.json}: both sources must agree. */
class ConvertedModelsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SMOLLM2_PIPELINE =
      "{\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":["
          + "{\"type\":\"Digits\",\"individual_digits\":true},"
          + "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"use_regex\":true}]},"
          + "\"decoder\":{\"type\":\"ByteLevel\"}}";
  private static final String GEMMA3_PIPELINE =
      "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"},"
          + "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":"
          + "{\"String\":\"\u2581\"},\"content\":\" \"},{\"type\":\"ByteFallback\"},"
          + "{\"type\":\"Fuse\"}]}}";

  private record Merge(String left, String right, double score, long order) {}

  @Test
  void shouldReadByteLevelVocabularies() throws IOException {
    ModelFile gguf = GgufMetadata.read(TestModels.smollm2());
    ArrayNode merges = JSON.createArrayNode();
    strings(gguf, "merges").forEach(merges::add);
    assertAgrees(References.SMOLLM2, convert(gguf, SMOLLM2_PIPELINE, merges));
  }

  @Test
  void shouldReadVocabulariesOfPieces() throws IOException {
    ModelFile gguf = GgufMetadata.read(TestModels.gemma3());
    ArrayNode merges = JSON.createArrayNode();
    for (Merge merge : merges(gguf)) {
      merges.addArray().add(merge.left()).add(merge.right());
    }
    assertAgrees(References.GEMMA3, convert(gguf, GEMMA3_PIPELINE, merges));
  }

  private static void assertAgrees(String model, Tokenizer tokenizer) {
    for (JsonNode line : References.lines(model, "tokenizer.jsonl")) {
      String text = line.get("text").asText();
      int[] ids = References.ints(line.get("ids"));
      boolean parse = line.get("parse_special").asBoolean();
      int[] encoded = tokenizer.encode(text, false, parse);
      if (line.has("sentencepiece_ids")) {
        // Which runs a long run of spaces becomes hangs on the order of merges, not known here.
        assertEquals(line.get("decoded").asText(), tokenizer.decode(encoded, false));
      } else {
        assertArrayEquals(ids, encoded, line.toString());
      }
      assertEquals(line.get("decoded").asText(), tokenizer.decode(ids, false));
      assertEquals(line.get("decoded_skip_special").asText(), tokenizer.decode(ids, true));
    }
  }

  private static Tokenizer convert(ModelFile gguf, String pipeline, ArrayNode merges)
      throws IOException {
    List<String> tokens = strings(gguf, "tokens");
    List<?> types = gguf.config().find("tokenizer.ggml.token_type", List.class).orElseThrow();
    ObjectNode root = (ObjectNode) JSON.readTree(pipeline);
    ArrayNode added = root.putArray("added_tokens");
    ObjectNode bpe = root.putObject("model").put("type", "BPE").put("byte_fallback", true);
    ObjectNode vocabulary = bpe.putObject("vocab");
    for (int id = 0; id < tokens.size(); id++) {
      long type = (Long) types.get(id);
      String text = type == 4 ? tokens.get(id).replace(' ', '\u2581') : tokens.get(id);
      vocabulary.put(text, id);
      // The runs of spaces are no added tokens there: merges make them.
      if (type == 3 || type == 4 && !text.startsWith("\u2581")) {
        added
            .addObject()
            .put("id", id)
            .put("content", text)
            .put("special", type == 3)
            .put("normalized", false);
      }
    }
    bpe.set("merges", merges);
    return new HuggingFaceTokenizerFactory()
        .create(
            GgufMetadata.of(
                ModelConfig.Naming.HUGGING_FACE,
                Map.of(),
                Map.of("tokenizer.json", JSON.writeValueAsString(root))));
  }

  /** Every way to make a piece of two others, as converters of SentencePiece models list them. */
  private static List<Merge> merges(ModelFile gguf) {
    List<String> tokens = new ArrayList<>();
    Map<String, Integer> ids = new HashMap<>();
    for (String token : strings(gguf, "tokens")) {
      String text = token.replace(' ', '\u2581');
      ids.putIfAbsent(text, tokens.size());
      tokens.add(text);
    }
    List<?> scores = gguf.config().find("tokenizer.ggml.scores", List.class).orElseThrow();
    List<Merge> merges = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      String text = tokens.get(id);
      for (int cut = 1; cut < text.length(); cut++) {
        Integer left = ids.get(text.substring(0, cut));
        Integer right = ids.get(text.substring(cut));
        if (left != null && right != null) {
          long order = (long) left << 32 | right;
          // User-defined runs of spaces have the worst score and yet come first.
          double score = text.replace("\u2581", "").isEmpty() ? 1 : (Double) scores.get(id);
          merges.add(new Merge(tokens.get(left), tokens.get(right), score, order));
        }
      }
    }
    merges.sort(
        Comparator.comparingDouble(Merge::score).reversed().thenComparingLong(Merge::order));
    return merges;
  }

  private static List<String> strings(ModelFile gguf, String key) {
    List<?> values = gguf.config().find("tokenizer.ggml." + key, List.class).orElseThrow();
    return values.stream().map(String.class::cast).toList();
  }
}
