package io.quire.text.split;

import io.quire.api.model.ModelFormatException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The pre-tokenizers that GGUF files only name ({@code tokenizer.ggml.pre}). */
public final class KnownPreTokenizers {
  private static final String CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";

  /** GPT-2's pattern; also what {@code ByteLevel} with {@code use_regex} cuts by. */
  public static final String GPT2 =
      CONTRACTIONS + "| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final String LLAMA3 = wordsAndMarks("\\p{N}{1,3}");
  private static final String QWEN2 = wordsAndMarks("\\p{N}");

  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

  private static final String GPT4O = cased("(?i:" + CONTRACTIONS + ")?", "\\p{N}{1,3}");
  private static final String TEKKEN = cased("", "\\p{N}");

  private static final String DEEPSEEK3 =
      "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
          + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*"
          + SPACES;

  private static final Known GPT2_STYLE = Known.of(GPT2);
  private static final Known DIGITS_STYLE = Known.of("\\p{N}", GPT2);
  private static final Known LLAMA3_STYLE = new Known(List.of(LLAMA3), true, true, false);
  private static final Known QWEN2_STYLE = new Known(List.of(QWEN2), false, false, true);

  private static final Map<String, Known> KNOWN =
      Map.ofEntries(
          Map.entry("default", GPT2_STYLE),
          Map.entry("gpt2", GPT2_STYLE),
          Map.entry("gpt-2", GPT2_STYLE),
          Map.entry("phi-2", GPT2_STYLE),
          Map.entry("mpt", GPT2_STYLE),
          Map.entry("olmo", GPT2_STYLE),
          Map.entry("jais", GPT2_STYLE),
          Map.entry("smollm", DIGITS_STYLE),
          Map.entry("starcoder", DIGITS_STYLE),
          Map.entry("refact", DIGITS_STYLE),
          Map.entry("command-r", DIGITS_STYLE),
          Map.entry("codeshell", DIGITS_STYLE),
          Map.entry("exaone", DIGITS_STYLE),
          Map.entry("falcon", Known.of("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]")),
          Map.entry("llama-bpe", LLAMA3_STYLE),
          Map.entry("llama3", LLAMA3_STYLE),
          Map.entry("llama-v3", LLAMA3_STYLE),
          Map.entry("falcon3", LLAMA3_STYLE),
          Map.entry("dbrx", Known.of(LLAMA3)),
          Map.entry("smaug-bpe", Known.of(LLAMA3)),
          Map.entry("chatglm-bpe", Known.of(LLAMA3)),
          Map.entry("glm4", Known.of(LLAMA3)),
          Map.entry("qwen2", QWEN2_STYLE),
          Map.entry("deepseek-r1-qwen", QWEN2_STYLE),
          Map.entry("stablelm2", Known.of(QWEN2)),
          Map.entry("gpt-4o", Known.of(GPT4O)),
          Map.entry("llama4", Known.of(GPT4O)),
          Map.entry("tekken", new Known(List.of(TEKKEN), true, true, false)),
          Map.entry(
              "deepseek-coder",
              Known.of(
                  "[\\r\\n]",
                  "\\s?\\p{L}+",
                  "\\s?\\p{P}+",
                  "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
                  "\\p{N}")),
          Map.entry(
              "deepseek-v3",
              Known.of("\\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", DEEPSEEK3)));

  private KnownPreTokenizers() {}

  /**
   * A named pre-tokenizer, and what else the models that use it have in common.
   *
   * @param expressions patterns; the words that one makes are cut by the next
   * @param wholeWords whether a word that is a token is not merged from its parts
   * @param addsBos whether BOS begins a prompt where the file does not say
   * @param composes whether text is normalised to NFC first
   */
  public record Known(
      List<String> expressions, boolean wholeWords, boolean addsBos, boolean composes) {
    private static Known of(String... expressions) {
      return new Known(List.of(expressions), false, false, false);
    }

    /** {@return the pre-tokenizer} */
    public PreTokenizer preTokenizer() {
      return PreTokenizer.sequence(expressions.stream().map(PatternSplit::isolated).toList());
    }
  }

  /** {@return the known names, sorted} */
  public static Set<String> names() {
    return new TreeSet<>(KNOWN.keySet());
  }

  /**
   * Finds a pre-tokenizer.
   *
   * @param name as in {@code tokenizer.ggml.pre}
   * @return the pre-tokenizer
   * @throws ModelFormatException if the name is unknown; the message lists the known ones
   */
  public static Known named(String name) {
    Known known = KNOWN.get(name);
    if (known == null) {
      throw new ModelFormatException(
          "tokenizer.ggml.pre = \""
              + (name.length() > 80 ? name.substring(0, 80) : name)
              + "\" is an unknown pre-tokenizer; guessing would give wrong tokens. Known are "
              + String.join(", ", names()));
    }
    return known;
  }

  private static String wordsAndMarks(String digits) {
    return "(?i:"
        + CONTRACTIONS
        + ")|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
        + digits
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
        + SPACES;
  }

  /** Words begin anew where lower case turns to upper case. */
  private static String cased(String suffix, String digits) {
    String first = "[^\\r\\n\\p{L}\\p{N}]?";
    return first
        + UPPER
        + "*"
        + LOWER
        + "+"
        + suffix
        + "|"
        + first
        + UPPER
        + "+"
        + LOWER
        + "*"
        + suffix
        + "|"
        + digits
        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*"
        + SPACES;
  }
}
