package io.quire.formats.random;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The texts of a tokenizer that knows single bytes, token {@code b} for byte {@code b}, and one
 * token that ends a text. A random model serves requests with it; its larger ids have no text.
 */
final class ByteTokenizer {
  /** The id of the token that ends a text. */
  static final int END = 256;

  private static final String END_TEXT = "<|end|>";

  private static final String CHAT_TEMPLATE =
      "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}"
          + "{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";

  private ByteTokenizer() {}

  /** {@code tokenizer.json} and {@code tokenizer_config.json}. */
  static Map<String, String> texts(int maxPositions) {
    return Map.of(
        "tokenizer.json",
        json(ByteTokenizer::tokenizer),
        "tokenizer_config.json",
        json(out -> tokenizerConfig(out, maxPositions)));
  }

  /** Writes the members of an object. */
  private interface Members {
    void write(JsonGenerator out) throws IOException;
  }

  private static String json(Members members) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
      out.writeStartObject();
      members.write(out);
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a StringWriter does not fail", e);
    }
    return text.toString();
  }

  private static void tokenizer(JsonGenerator out) throws IOException {
    out.writeStringField("version", "1.0");
    out.writeArrayFieldStart("added_tokens");
    out.writeStartObject();
    out.writeNumberField("id", END);
    out.writeStringField("content", END_TEXT);
    for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
      out.writeBooleanField(flag, false);
    }
    out.writeBooleanField("special", true);
    out.writeEndObject();
    out.writeEndArray();
    out.writeNullField("normalizer");
    byteLevel(out, "pre_tokenizer");
    out.writeNullField("post_processor");
    byteLevel(out, "decoder");
    out.writeObjectFieldStart("model");
    out.writeStringField("type", "BPE");
    out.writeObjectFieldStart("vocab");
    for (int b = 0; b < 256; b++) {
      out.writeNumberField(character(b), b);
    }
    out.writeEndObject();
    out.writeArrayFieldStart("merges");
    out.writeEndArray();
    out.writeEndObject();
  }

  private static void byteLevel(JsonGenerator out, String member) throws IOException {
    out.writeObjectFieldStart(member);
    out.writeStringField("type", "ByteLevel");
    out.writeBooleanField("add_prefix_space", false);
    out.writeBooleanField("trim_offsets", true);
    out.writeBooleanField("use_regex", true);
    out.writeEndObject();
  }

  private static void tokenizerConfig(JsonGenerator out, int maxPositions) throws IOException {
    out.writeStringField("tokenizer_class", "PreTrainedTokenizerFast");
    out.writeBooleanField("add_bos_token", false);
    out.writeStringField("eos_token", END_TEXT);
    out.writeNumberField("model_max_length", maxPositions);
    out.writeStringField("chat_template", CHAT_TEMPLATE);
  }

  /**
   * The character that byte-level vocabularies write for a byte: itself where it is visible, else
   * the next free one from U+0100.
   */
  private static String character(int b) {
    int hidden = 0;
    for (int i = 0; i < b; i++) {
      hidden += visible(i) ? 0 : 1;
    }
    return Character.toString(visible(b) ? b : 0x100 + hidden);
  }

  private static boolean visible(int b) {
    return b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
  }
}
