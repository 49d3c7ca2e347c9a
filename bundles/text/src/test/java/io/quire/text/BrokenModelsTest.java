package io.quire.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.model.ModelConfig.Naming;
import io.quire.api.model.ModelFormatException;
import io.quire.api.text.Tokenizer;
import io.quire.api.text.Tokenizer.ChatTemplateSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Small, strange and broken models. */
class BrokenModelsTest {
  private static final String MODEL =
      "{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}";

  private static Map<String, Object> gpt2() {
    Map<String, Object> values = new HashMap<>();
    values.put("tokenizer.ggml.model", "gpt2");
    values.put("tokenizer.ggml.pre", "gpt2");
    values.put(
        "tokenizer.ggml.tokens", List.of("a", "b", "ab", "<s>", "</s>", "<|im_end|>", "\u0120"));
    values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 1L, 3L, 3L, 3L, 1L));
    values.put("tokenizer.ggml.merges", List.of("a b"));
    values.put("tokenizer.ggml.bos_token_id", 3L);
    values.put("tokenizer.ggml.eos_token_id", 4L);
    return values;
  }

  private static Map<String, Object> llama() {
    Map<String, Object> values = new HashMap<>();
    values.put("tokenizer.ggml.model", "llama");
    values.put(
        "tokenizer.ggml.tokens",
        List.of("<unk>", "<s>", "\u2581", "a", "b", "\u2581a", "ab", "<0x63>", "a b"));
    values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 1L, 1L, 1L, 1L, 1L, 6L, 4L));
    values.put("tokenizer.ggml.scores", List.of(0.0, 0.0, -9.0, -9.0, -9.0, -1.0, -2.0, 0.0, 0.0));
    values.put("tokenizer.ggml.bos_token_id", 1L);
    values.put("tokenizer.ggml.unknown_token_id", 0L);
    return values;
  }

  private static Tokenizer gguf(Map<String, Object> values) {
    return new GgufTokenizerFactory().create(GgufMetadata.of(Naming.GGUF, values, Map.of()));
  }

  private static Tokenizer json(Map<String, String> texts) {
    return new HuggingFaceTokenizerFactory()
        .create(GgufMetadata.of(Naming.HUGGING_FACE, Map.of(), texts));
  }

  private static Tokenizer json(String members) {
    return json(Map.of("tokenizer.json", "{\"model\":" + MODEL + members + "}"));
  }

  private static String message(Runnable action) {
    return assertThrows(ModelFormatException.class, action::run).getMessage();
  }

  @Test
  void shouldReadSpecialTokensAndTemplatesFromMetadata() {
    Map<String, Object> values = gpt2();
    values.put("tokenizer.ggml.add_bos_token", true);
    values.put("tokenizer.ggml.add_eos_token", true);
    values.put("tokenizer.chat_template.tool_use", "T");
    values.put("tokenizer.chat_template", "D");
    Tokenizer tokenizer = gguf(values);
    assertEquals(OptionalInt.of(3), tokenizer.bos());
    assertEquals(List.of(4, 5), List.copyOf(new ArrayList<>(tokenizer.endOfGeneration())));
    assertTrue(tokenizer.special().containsAll(List.of(3, 4, 5)));
    assertArrayEquals(new int[] {3, 2, 6, 0, 4}, tokenizer.encode("ab a", true, false));
    assertEquals(
        List.of(new ChatTemplateSource("default", "D"), new ChatTemplateSource("tool_use", "T")),
        tokenizer.chatTemplates());
    assertEquals(" ", tokenizer.text(6));
    assertArrayEquals(new byte[] {'a', 'b'}, tokenizer.bytes(2));
  }

  @Test
  void shouldPutASpaceBeforePiecesAndTakeItBack() {
    Tokenizer tokenizer = gguf(llama());
    assertArrayEquals(new int[] {1, 5, 4}, tokenizer.encode("ab", true, true));
    assertEquals("ab", tokenizer.decode(new int[] {5, 4}, false));
    assertEquals("<s> ab", tokenizer.decode(new int[] {1, 5, 4}, false));
    assertEquals("ab", tokenizer.decode(new int[] {1, 5, 4}, true));
    assertEquals("cab", tokenizer.decode(tokenizer.encode("cab", false, true), false));
    assertArrayEquals(new int[] {2, 0}, tokenizer.encode("x", false, true));
    assertArrayEquals(new int[] {2, 7, 8}, tokenizer.encode("ca b", false, false));
    assertEquals(" a", tokenizer.text(5));
  }

  @ParameterizedTest
  @CsvSource({
    "tokenizer.ggml.model, bert, known are gpt2 and llama",
    "tokenizer.ggml.pre, nonsense, Known are chatglm-bpe",
    "tokenizer.ggml.tokens, no list, is a String",
  })
  void shouldNameWhatItDoesNotKnow(String key, String value, String part) {
    Map<String, Object> values = gpt2();
    values.put(key, value);
    String message = message(() -> gguf(values));
    assertTrue(message.contains(part) && message.contains(key), message);
  }

  @Test
  void shouldRefuseBrokenMetadata() {
    for (Map.Entry<String, Object> entry :
        List.of(
            Map.entry("tokenizer.ggml.tokens", (Object) List.of()),
            Map.entry("tokenizer.ggml.tokens", (Object) Collections.nCopies(7, 1L)),
            Map.entry("tokenizer.ggml.token_type", (Object) List.of(1L)),
            Map.entry("tokenizer.ggml.token_type", (Object) List.of(1L, 1L, 1L, 3L, 3L, 3L, 9L)),
            Map.entry("tokenizer.ggml.merges", (Object) List.of("ab")),
            Map.entry("tokenizer.ggml.merges", (Object) List.of("a c")),
            Map.entry("tokenizer.ggml.merges", (Object) List.of("")),
            Map.entry("tokenizer.ggml.merges", (Object) List.of(2L)),
            Map.entry("tokenizer.ggml.eos_token_id", (Object) 7L),
            Map.entry("tokenizer.ggml.bos_token_id", (Object) (-2L)))) {
      Map<String, Object> values = gpt2();
      values.put(entry.getKey(), entry.getValue());
      String message = message(() -> gguf(values));
      assertTrue(message.contains(entry.getKey()), message);
    }
    for (Object scores :
        List.of(List.of(1.0), List.of(0., 0., 0., 0., 0., 0., 0., 0., Double.NaN))) {
      Map<String, Object> values = llama();
      values.put("tokenizer.ggml.scores", scores);
      assertTrue(message(() -> gguf(values)).contains("tokenizer.ggml.scores"));
    }
    Map<String, Object> missing = llama();
    missing.remove("tokenizer.ggml.scores");
    assertTrue(message(() -> gguf(missing)).contains("tokenizer.ggml.scores is missing"));
  }

  @Test
  void shouldTakeAnUnsignedMinusOneForNoToken() {
    Map<String, Object> values = gpt2();
    values.put("tokenizer.ggml.bos_token_id", 0xFFFF_FFFFL);
    assertEquals(OptionalInt.empty(), gguf(values).bos());
  }

  @Test
  void shouldOnlySupportWhatItCanRead() {
    GgufTokenizerFactory gguf = new GgufTokenizerFactory();
    HuggingFaceTokenizerFactory json = new HuggingFaceTokenizerFactory();
    assertTrue(gguf.supports(GgufMetadata.of(Naming.GGUF, gpt2(), Map.of())));
    assertFalse(gguf.supports(GgufMetadata.of(Naming.GGUF, Map.of(), Map.of())));
    assertFalse(json.supports(GgufMetadata.of(Naming.GGUF, gpt2(), Map.of("tokenizer.json", ""))));
    assertFalse(json.supports(GgufMetadata.of(Naming.HUGGING_FACE, Map.of(), Map.of())));
    assertTrue(
        json.supports(
            GgufMetadata.of(Naming.HUGGING_FACE, Map.of(), Map.of("tokenizer.json", "{}"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ",\"decoder\":null | decoder null",
        ",\"decoder\":{\"type\":\"WordPiece\"} | decoder WordPiece",
        ",\"normalizer\":{\"type\":\"Precompiled\"} | normalizer Precompiled",
        ",\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"} | pre_tokenizer UnicodeScripts",
        ",\"post_processor\":{\"type\":\"Odd\"},\"decoder\":{\"type\":\"Fuse\"} | post_processor Odd",
        ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(\"},\"behavior\":\"Isolated\"} | broken",
        ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[[:alpha:]]\"},\"behavior\":\"Isolated\"} | [:alpha:]",
        ",\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"x\"},\"behavior\":\"Odd\"} | behavior Odd",
        ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":3} | normalizers",
        ",\"added_tokens\":[{\"id\":99999999,\"content\":\"x\"}],\"decoder\":{\"type\":\"Fuse\"} | 99999999",
        ",\"added_tokens\":[{\"id\":3,\"content\":\"\"}],\"decoder\":{\"type\":\"Fuse\"},\"x\": | broken at line 1",
      })
  void shouldNameUnsupportedElementsOfTokenizerJson(String members, String part) {
    String message = message(() -> json(members));
    assertTrue(message.contains(part), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{}",
        "null",
        "{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1}}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1000000000}}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":99999999999999999999}}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1.5}}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1,\"b\":1}}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[[\"a\"]]}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[\"a  b\"]}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":{}}}",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}",
        "{\"model\":{\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{\"a\":1},\"merges\":[]}}",
        "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":1}}}",
      })
  void shouldRefuseBrokenTokenizerJson(String text) {
    String message = message(() -> json(Map.of("tokenizer.json", text)));
    assertTrue(message.length() > 20, message);
  }

  @Test
  void shouldRefuseDeepNesting() {
    String deep = "[".repeat(100_000) + "]".repeat(100_000);
    String message = message(() -> json(",\"normalizer\":" + deep));
    assertTrue(message.contains("nesting depth"), message);
  }

  @Test
  void shouldStopPatternsThatBacktrackWithoutEnd() {
    String split =
        ",\"decoder\":{\"type\":\"Fuse\"},\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":{\"Regex\":\"%s\"}}";
    Tokenizer backtracking = json(split.replace("%s", "a+a+a+c"));
    String message = message(() -> backtracking.encode("a".repeat(3000), false, false));
    assertTrue(message.contains("steps on a text of 3000 characters"), message);
    Tokenizer nesting = json(split.replace("%s", "(a|b)*"));
    message = message(() -> nesting.encode("ab".repeat(1 << 19), false, false));
    assertTrue(message.contains("nests too deeply"), message);
    message = message(() -> json(split.replace("%s", "(".repeat(8000) + ")".repeat(8000))));
    assertTrue(message.contains("is broken: Stack overflow"), message);
  }

  @Test
  void shouldStopNormalizersThatGrowWithoutEnd() {
    String twice = "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaa\"}";
    String steps = twice + ("," + twice).repeat(40);
    Tokenizer tokenizer =
        json(
            ",\"decoder\":{\"type\":\"Fuse\"},\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
                + steps
                + "]}");
    String message = message(() -> tokenizer.encode("a".repeat(1000), false, false));
    assertTrue(message.contains("more than 64 for each"), message);
  }

  @Test
  void shouldReadTheFilesBesideTokenizerJson() {
    String tokens =
        ",\"decoder\":{\"type\":\"Fuse\"},\"added_tokens\":["
            + "{\"id\":3,\"content\":\"<s>\",\"special\":true},"
            + "{\"id\":4,\"content\":\"</s>\",\"special\":true},"
            + "{\"id\":5,\"content\":\"<|eot_id|>\",\"special\":true},"
            + "{\"id\":6,\"content\":\"tag\"}]";
    Map<String, String> texts = new HashMap<>();
    texts.put("tokenizer.json", "{\"model\":" + MODEL + tokens + "}");
    texts.put(
        "tokenizer_config.json",
        "{\"bos_token\":\"<s>\",\"eos_token\":{\"content\":\"</s>\"},\"add_bos_token\":true,"
            + "\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"T\"},"
            + "{\"name\":\"default\",\"template\":\"D\"}]}");
    texts.put("generation_config.json", "{\"eos_token_id\":[4,2]}");
    Tokenizer tokenizer = json(texts);
    assertEquals(OptionalInt.of(3), tokenizer.bos());
    assertEquals(List.of(4, 2, 5), new ArrayList<>(tokenizer.endOfGeneration()));
    assertArrayEquals(new int[] {3, 2, 6, 5}, tokenizer.encode("abtag<|eot_id|>", true, true));
    assertEquals("default", tokenizer.chatTemplates().getFirst().name());
    texts.put("chat_template.jinja", "J");
    assertEquals(
        List.of(new ChatTemplateSource("default", "J"), new ChatTemplateSource("tool_use", "T")),
        json(texts).chatTemplates());
    texts.put("generation_config.json", "{\"eos_token_id\":7}");
    assertTrue(message(() -> json(texts)).contains("generation_config.json: eos_token_id = 7"));
  }

  @Test
  void shouldCoverThePaddedIdsOfAModel() {
    Tokenizer tokenizer =
        new HuggingFaceTokenizerFactory()
            .create(
                GgufMetadata.of(
                    Naming.HUGGING_FACE,
                    Map.of("vocab_size", 64L, "eos_token_id", 1L),
                    Map.of(
                        "tokenizer.json",
                        "{\"model\":" + MODEL + ",\"decoder\":{\"type\":\"Fuse\"}}")));
    assertEquals(64, tokenizer.vocabularySize());
    assertEquals("ab", tokenizer.decode(new int[] {2, 63}, false));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(new int[] {64}, false));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(new int[] {-1}, false));
  }
}
