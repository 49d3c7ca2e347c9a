package io.quire.text;

import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.api.text.Tokenizer;
import io.quire.text.stream.Detokenizer;
import io.quire.text.stream.TokenTextStream;
import io.quire.text.token.Ids;
import io.quire.text.token.WellFormed;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** The tokenizer that every source leads to: a pipeline into tokens, a table back to text. */
public final class VocabularyTokenizer implements Tokenizer {
  private final TextPipeline pipeline;
  private final Detokenizer.Rules rules;
  private final Marks marks;
  private final Set<Integer> special;
  private final Set<Integer> ends;

  /**
   * What a model has beside its vocabulary.
   *
   * @param bos the token that begins a prompt, if there is one
   * @param ends tokens that end a generation, the usual one first
   * @param before tokens put before a prompt
   * @param after tokens put after a prompt
   * @param templates chat templates, the default first
   */
  public record Marks(
      OptionalInt bos,
      List<Integer> ends,
      List<Integer> before,
      List<Integer> after,
      List<ChatTemplateSource> templates) {
    /** Copies the lists. */
    public Marks {
      ends = List.copyOf(ends);
      before = List.copyOf(before);
      after = List.copyOf(after);
      templates = List.copyOf(templates);
    }
  }

  /**
   * Puts a tokenizer together.
   *
   * @param pipeline text to tokens
   * @param rules tokens to text
   * @param marks the rest
   */
  public VocabularyTokenizer(TextPipeline pipeline, Detokenizer.Rules rules, Marks marks) {
    this.pipeline = pipeline;
    this.rules =
        new Detokenizer.Rules(
            rules.bytes(), (BitSet) rules.special().clone(), rules.leadingSpaces());
    this.marks = marks;
    Set<Integer> ids = new HashSet<>();
    rules.special().stream().forEach(ids::add);
    this.special = Collections.unmodifiableSet(ids);
    this.ends = Collections.unmodifiableSet(new LinkedHashSet<>(marks.ends()));
  }

  @Override
  public int vocabularySize() {
    return rules.bytes().size();
  }

  @Override
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    Ids out = new Ids();
    if (addSpecial) {
      marks.before().forEach(out::add);
    }
    pipeline.encode(WellFormed.text(text), parseSpecial, out);
    if (addSpecial) {
      marks.after().forEach(out::add);
    }
    return out.toArray();
  }

  @Override
  public String decode(int[] ids, boolean skipSpecial) {
    Detokenizer detokenizer = new Detokenizer(rules, skipSpecial);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      detokenizer.append(id, text);
    }
    detokenizer.finish(text);
    return text.toString();
  }

  @Override
  public TextStream stream(StreamOptions options) {
    return new TokenTextStream(rules, options);
  }

  @Override
  public String text(int id) {
    return new String(bytes(id), StandardCharsets.UTF_8);
  }

  @Override
  public byte[] bytes(int id) {
    rules.bytes().check(id);
    return rules.bytes().copy(id);
  }

  @Override
  public OptionalInt bos() {
    return marks.bos();
  }

  /** {@inheritDoc} The usual one comes first. */
  @Override
  public Set<Integer> endOfGeneration() {
    return ends;
  }

  @Override
  public Set<Integer> special() {
    return special;
  }

  @Override
  public List<ChatTemplateSource> chatTemplates() {
    return marks.templates();
  }
}
