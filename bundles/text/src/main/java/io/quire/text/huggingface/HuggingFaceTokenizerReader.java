package io.quire.text.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.text.Tokenizer;
import io.quire.text.TextPipeline;
import io.quire.text.VocabularyTokenizer;
import io.quire.text.bpe.BytePairEncoder;
import io.quire.text.bpe.ByteSymbols;
import io.quire.text.bpe.CharacterSymbols;
import io.quire.text.bpe.PairMerges;
import io.quire.text.bpe.SymbolSource;
import io.quire.text.normalize.TextNormalizer;
import io.quire.text.stream.Detokenizer;
import io.quire.text.token.ByteAlphabet;
import io.quire.text.token.TokenIndex;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;

/** Makes a tokenizer of {@code tokenizer.json} and the files beside it. */
public final class HuggingFaceTokenizerReader {
  /** The file without which there is no tokenizer. */
  public static final String FILE = TokenizerJson.FILE;

  private final TokenizerJson json;

  private HuggingFaceTokenizerReader(TokenizerJson json) {
    this.json = json;
  }

  /**
   * Reads a tokenizer.
   *
   * @param model a model with the text {@link #FILE}
   * @return its tokenizer
   * @throws ModelFormatException if a file is broken or an element unknown; the message names it
   */
  public static Tokenizer read(ModelFile model) {
    TokenizerJson json = TokenizerJson.parse(model.texts().get(FILE));
    return new HuggingFaceTokenizerReader(json).read(new SideFiles(model));
  }

  private Tokenizer read(SideFiles files) {
    checkModel();
    TextNormalizer normalizer = NormalizerReader.read(json.member("normalizer"));
    Splitting splitting = Splitting.read(json.member("pre_tokenizer"));
    Decoding decoding = Decoding.read(json.member("decoder"));
    HuggingFaceVocabulary vocabulary = new HuggingFaceVocabulary(json, normalizer);
    TokenIndex index = vocabulary.index(splitting.byteLevel());
    BytePairEncoder encoder =
        new BytePairEncoder(
            splitting.preTokenizer(),
            modelFlag("ignore_merges") ? wholeWords(index, vocabulary.special()) : word -> -1,
            symbols(index, splitting.byteLevel()),
            merges(index, splitting.byteLevel()));
    TextPipeline pipeline =
        new TextPipeline(vocabulary.literal(), normalizer, vocabulary.normalized(), encoder);
    Detokenizer.Rules rules =
        new Detokenizer.Rules(
            vocabulary.outputs(decoding, files.modelVocabularySize()),
            vocabulary.special(),
            decoding.leadingSpaces());
    Surroundings around = Surroundings.read(json.member("post_processor"));
    return new VocabularyTokenizer(pipeline, rules, files.marks(vocabulary, around));
  }

  private void checkModel() {
    JsonNode type = json.modelMember("type");
    // Files of before 2021 do not state the type; only BPE has merges.
    boolean bytePairs = Json.absent(type) ? !json.merges().isEmpty() : type.asText().equals("BPE");
    if (!bytePairs) {
      throw Json.unsupported("model", "of type " + type.asText("unknown"));
    }
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!json.modelMember(affix).asText("").isEmpty() && !json.modelMember(affix).isNull()) {
        throw Json.unsupported("model", "with " + affix + " " + json.modelMember(affix));
      }
    }
    if (json.modelMember("dropout").asDouble(0) != 0) {
      throw Json.unsupported("model", "with dropout " + json.modelMember("dropout"));
    }
  }

  private boolean modelFlag(String name) {
    return json.modelMember(name).asBoolean(false);
  }

  private static ToIntFunction<String> wholeWords(TokenIndex index, BitSet special) {
    return word -> {
      int id = index.find(word.getBytes(StandardCharsets.UTF_8));
      return id >= 0 && !special.get(id) ? id : -1;
    };
  }

  private SymbolSource symbols(TokenIndex index, boolean byteLevel) {
    int unknown = unknown(index, byteLevel);
    if (byteLevel) {
      return new ByteSymbols(index, unknown);
    }
    int[] byteIds = new int[256];
    Arrays.fill(byteIds, -1);
    for (int b = 0; b < 256 && modelFlag("byte_fallback"); b++) {
      String token = String.format(Locale.ROOT, "<0x%02X>", b);
      byteIds[b] = index.find(token.getBytes(StandardCharsets.UTF_8));
    }
    return new CharacterSymbols(index, byteIds, unknown, modelFlag("fuse_unk"));
  }

  private int unknown(TokenIndex index, boolean byteLevel) {
    JsonNode token = json.modelMember("unk_token");
    return token.isTextual() ? index.find(bytes(token.textValue(), byteLevel)) : -1;
  }

  private PairMerges merges(TokenIndex index, boolean byteLevel) {
    List<String> parts = json.merges();
    PairMerges merges = new PairMerges(parts.size() / 2);
    for (int i = 0; i < parts.size(); i += 2) {
      int left = index.find(bytes(parts.get(i), byteLevel));
      int right = index.find(bytes(parts.get(i + 1), byteLevel));
      int result = index.find(bytes(parts.get(i) + parts.get(i + 1), byteLevel));
      if (left < 0 || right < 0 || result < 0) {
        throw new ModelFormatException(
            FILE
                + ": merge "
                + i / 2
                + ", \""
                + parts.get(i)
                + "\" and \""
                + parts.get(i + 1)
                + "\", does not join two tokens to a token; the file is damaged");
      }
      merges.add(left, right, result);
    }
    return merges;
  }

  private static byte[] bytes(String text, boolean byteLevel) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return byteLevel ? ByteAlphabet.decode(text).orElse(bytes) : bytes;
  }
}
