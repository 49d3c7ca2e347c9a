package io.quire.core.engine;

import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.api.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** A token is a letter; the end token has no text. */
public final class FakeTokenizer implements Tokenizer {
  private final List<ChatTemplateSource> templates;

  /** A base model's. */
  public FakeTokenizer() {
    this(List.of());
  }

  /**
   * A chat model's.
   *
   * @param templates its chat templates
   */
  public FakeTokenizer(List<ChatTemplateSource> templates) {
    this.templates = templates;
  }

  @Override
  public int vocabularySize() {
    return FakeModel.VOCABULARY;
  }

  @Override
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    return text.chars().map(c -> 4 + c % 26).toArray();
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
    return new LateStopStream(new Letters(), options.stops(), options.includeStop(), 0);
  }

  @Override
  public String text(int id) {
    return id == FakeModel.END ? "" : String.valueOf((char) ('a' + id % 26));
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
    return Set.of(FakeModel.END);
  }

  @Override
  public Set<Integer> special() {
    return endOfGeneration();
  }

  @Override
  public List<ChatTemplateSource> chatTemplates() {
    return templates;
  }

  private final class Letters implements TextStream {
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
