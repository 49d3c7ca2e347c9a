package io.quire.bench.step;

import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.api.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** A vocabulary in which every token is one letter: text is not what this benchmark measures. */
final class PlainTokenizer implements Tokenizer {
  static final int VOCABULARY = 32_000;

  @Override
  public int vocabularySize() {
    return VOCABULARY;
  }

  @Override
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    return text.chars().map(c -> c % VOCABULARY).toArray();
  }

  @Override
  public String decode(int[] ids, boolean skipSpecial) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(text(id));
    }
    return text.toString();
  }

  @Override
  public TextStream stream(StreamOptions options) {
    return new LetterStream();
  }

  @Override
  public String text(int id) {
    return Character.toString('a' + id % 26);
  }

  @Override
  public byte[] bytes(int id) {
    return text(id).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public OptionalInt bos() {
    return OptionalInt.empty();
  }

  @Override
  public Set<Integer> endOfGeneration() {
    return Set.of();
  }

  @Override
  public Set<Integer> special() {
    return Set.of();
  }

  @Override
  public List<ChatTemplateSource> chatTemplates() {
    return List.of();
  }

  /** Gives each token's letter at once. */
  private final class LetterStream implements TextStream {
    @Override
    public String append(int id) {
      return text(id);
    }

    @Override
    public Optional<String> stopped() {
      return Optional.empty();
    }

    @Override
    public String finish() {
      return "";
    }
  }
}
