package io.quire.text.gguf;

import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFormatException;
import io.quire.api.text.Tokenizer;
import io.quire.api.text.Tokenizer.ChatTemplateSource;
import io.quire.text.TextPipeline;
import io.quire.text.VocabularyTokenizer;
import io.quire.text.VocabularyTokenizer.Marks;
import io.quire.text.bpe.BytePairEncoder;
import io.quire.text.bpe.ByteSymbols;
import io.quire.text.bpe.PairMerges;
import io.quire.text.normalize.TextNormalizer;
import io.quire.text.sentencepiece.SentencePieceEncoder;
import io.quire.text.split.KnownPreTokenizers;
import io.quire.text.split.Patterns;
import io.quire.text.stream.Detokenizer;
import io.quire.text.token.AddedToken;
import io.quire.text.token.AddedTokens;
import io.quire.text.token.ByteAlphabet;
import io.quire.text.token.ByteTokens;
import io.quire.text.token.KnownEnds;
import io.quire.text.token.TokenIndex;
import io.quire.text.token.TokenTable;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/** Makes a tokenizer of a GGUF file's metadata. */
public final class GgufTokenizerReader {
  private static final String TEMPLATE = "tokenizer.chat_template";

  private final GgufVocabulary vocabulary;

  private GgufTokenizerReader(GgufVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Reads a tokenizer.
   *
   * @param config a GGUF file's metadata
   * @return its tokenizer
   * @throws ModelFormatException if it is broken or of an unknown kind
   */
  public static Tokenizer read(ModelConfig config) {
    String model = config.find("tokenizer.ggml.model", String.class).orElse("");
    return switch (model) {
      case "gpt2" -> new GgufTokenizerReader(GgufVocabulary.read(config)).bytePairs();
      case "llama" -> new GgufTokenizerReader(GgufVocabulary.read(config)).sentencePiece();
      default ->
          throw new ModelFormatException(
              "tokenizer.ggml.model = \"" + model + "\" is unknown; known are gpt2 and llama");
    };
  }

  private Tokenizer bytePairs() {
    KnownPreTokenizers.Known known =
        KnownPreTokenizers.named(
            vocabulary.config().find("tokenizer.ggml.pre", String.class).orElse("default"));
    TokenTable table = table(GgufTokenizerReader::byteLevelBytes);
    TokenIndex index = new TokenIndex(table, id -> vocabulary.types()[id] != GgufVocabulary.UNUSED);
    BytePairEncoder encoder =
        new BytePairEncoder(
            known.preTokenizer(),
            known.wholeWords() ? wholeWords(index) : word -> -1,
            new ByteSymbols(index, -1),
            merges(index));
    TextNormalizer normalizer =
        known.composes() ? TextNormalizer.unicode(Normalizer.Form.NFC) : TextNormalizer.NONE;
    Set<Integer> ends = ends();
    TextPipeline pipeline =
        new TextPipeline(added(ends, false), normalizer, AddedTokens.NONE, encoder);
    return new VocabularyTokenizer(
        pipeline, new Detokenizer.Rules(table, special(ends), 0), marks(ends, known.addsBos()));
  }

  private Tokenizer sentencePiece() {
    TokenTable surfaces = table((token, type) -> token.getBytes(StandardCharsets.UTF_8));
    TokenTable table = table(GgufTokenizerReader::pieceBytes);
    TokenIndex index =
        new TokenIndex(surfaces, id -> vocabulary.types()[id] == GgufVocabulary.NORMAL);
    int[] byteIds = new int[256];
    Arrays.fill(byteIds, -1);
    for (int id = 0; id < vocabulary.size(); id++) {
      int value = ByteTokens.value(vocabulary.tokens().get(id));
      if (value >= 0 && vocabulary.types()[id] == GgufVocabulary.BYTE && byteIds[value] < 0) {
        byteIds[value] = id;
      }
    }
    boolean prefix = vocabulary.flag("add_space_prefix", true);
    SentencePieceEncoder encoder =
        new SentencePieceEncoder(
            index, vocabulary.scores(), byteIds, vocabulary.id("unknown_token_id"), prefix);
    Set<Integer> ends = ends();
    TextPipeline pipeline =
        new TextPipeline(
            AddedTokens.NONE,
            TextNormalizer.replace(Patterns.literal(" "), SentencePieceEncoder.SPACE),
            added(ends, true),
            encoder);
    return new VocabularyTokenizer(
        pipeline, new Detokenizer.Rules(table, special(ends), prefix ? 1 : 0), marks(ends, true));
  }

  private interface BytesOfToken {
    byte[] bytes(String token, int type);
  }

  private TokenTable table(BytesOfToken bytes) {
    TokenTable.Builder table = new TokenTable.Builder(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      table.add(bytes.bytes(vocabulary.tokens().get(id), vocabulary.types()[id]));
    }
    return table.build();
  }

  private static byte[] byteLevelBytes(String token, int type) {
    boolean literal = type != GgufVocabulary.NORMAL && type != GgufVocabulary.UNUSED;
    byte[] text = token.getBytes(StandardCharsets.UTF_8);
    return literal ? text : ByteAlphabet.decode(token).orElse(text);
  }

  private static byte[] pieceBytes(String token, int type) {
    int value = type == GgufVocabulary.BYTE ? ByteTokens.value(token) : -1;
    if (value >= 0) {
      return new byte[] {(byte) value};
    }
    boolean control = type == GgufVocabulary.CONTROL || type == GgufVocabulary.UNKNOWN;
    String text = control ? token : token.replace(SentencePieceEncoder.SPACE, " ");
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private ToIntFunction<String> wholeWords(TokenIndex index) {
    // Not the vocabulary: it would keep the file's metadata for as long as the tokenizer lives.
    byte[] types = vocabulary.types();
    return word -> {
      int id = index.find(word.getBytes(StandardCharsets.UTF_8));
      return id >= 0 && types[id] == GgufVocabulary.NORMAL ? id : -1;
    };
  }

  private PairMerges merges(TokenIndex index) {
    List<String> texts = vocabulary.merges();
    PairMerges merges = new PairMerges(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      int space = text.indexOf(' ', 1);
      byte[] left = space < 0 ? new byte[0] : bytesOf(text.substring(0, space));
      byte[] right = space < 0 ? new byte[0] : bytesOf(text.substring(space + 1));
      byte[] both = Arrays.copyOf(left, left.length + right.length);
      System.arraycopy(right, 0, both, left.length, right.length);
      int leftId = index.find(left);
      int rightId = index.find(right);
      int result = index.find(both);
      if (leftId < 0 || rightId < 0 || result < 0) {
        throw new ModelFormatException(
            "tokenizer.ggml.merges["
                + i
                + "] = \""
                + text
                + "\" does not name two tokens whose join is a token too; the file is damaged");
      }
      merges.add(leftId, rightId, result);
    }
    return merges;
  }

  private static byte[] bytesOf(String part) {
    return byteLevelBytes(part, GgufVocabulary.NORMAL);
  }

  /** Control tokens, and tokens that its makers want to be whole wherever their text stands. */
  private AddedTokens added(Set<Integer> ends, boolean spaced) {
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      boolean special = vocabulary.isSpecial(id) || ends.contains(id);
      String text = vocabulary.tokens().get(id);
      if ((special || vocabulary.types()[id] == GgufVocabulary.USER_DEFINED) && !text.isEmpty()) {
        String content = spaced ? text.replace(" ", SentencePieceEncoder.SPACE) : text;
        added.add(AddedToken.plain(id, content, special));
      }
    }
    return new AddedTokens(added);
  }

  private BitSet special(Set<Integer> ends) {
    BitSet special = new BitSet(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      special.set(id, vocabulary.isSpecial(id) || ends.contains(id));
    }
    return special;
  }

  private Set<Integer> ends() {
    Set<Integer> ends = new LinkedHashSet<>();
    for (String key : List.of("eos_token_id", "eot_token_id", "eom_token_id")) {
      int id = vocabulary.id(key);
      if (id >= 0) {
        ends.add(id);
      }
    }
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.types()[id] == GgufVocabulary.CONTROL
          && KnownEnds.contains(vocabulary.tokens().get(id))) {
        ends.add(id);
      }
    }
    return ends;
  }

  private Marks marks(Set<Integer> ends, boolean addsBos) {
    int bos = vocabulary.id("bos_token_id");
    int eos = vocabulary.id("eos_token_id");
    boolean before = bos >= 0 && vocabulary.flag("add_bos_token", addsBos);
    boolean after = eos >= 0 && vocabulary.flag("add_eos_token", false);
    return new Marks(
        bos < 0 ? OptionalInt.empty() : OptionalInt.of(bos),
        List.copyOf(ends),
        before ? List.of(bos) : List.of(),
        after ? List.of(eos) : List.of(),
        templates());
  }

  private List<ChatTemplateSource> templates() {
    ModelConfig config = vocabulary.config();
    List<ChatTemplateSource> templates = new ArrayList<>();
    config
        .find(TEMPLATE, String.class)
        .ifPresent(source -> templates.add(new ChatTemplateSource("default", source)));
    Map<String, Object> sorted = new TreeMap<>(config.values());
    for (String key : sorted.keySet()) {
      if (key.startsWith(TEMPLATE + ".")) {
        String name = key.substring(TEMPLATE.length() + 1);
        config
            .find(key, String.class)
            .ifPresent(source -> templates.add(new ChatTemplateSource(name, source)));
      }
    }
    return templates;
  }
}
