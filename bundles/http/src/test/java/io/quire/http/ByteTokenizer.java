package io.quire.http;

import io.quire.api.text.StreamOptions;
import io.quire.api.text.TextStream;
import io.quire.api.text.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** A token is a byte of UTF-8; 256 begins a prompt, 257 ends a text. */
final class ByteTokenizer implements Tokenizer {
  static final int BOS = 256;
  static final int END = 257;

  @Override
  public int vocabularySize() {
    return 258;
  }

  @Override
  public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length + (addSpecial ? 1 : 0)];
    int at = 0;
    if (addSpecial) {
      ids[at++] = BOS;
    }
    for (byte b : bytes) {
      ids[at++] = Byte.toUnsignedInt(b);
    }
    return ids;
  }

  @Override
  public String decode(int[] ids, boolean skipSpecial) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      if (id < BOS || !skipSpecial) {
        bytes.writeBytes(bytes(id));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public TextStream stream(StreamOptions options) {
    throw new UnsupportedOperationException("the server leaves this to the engine");
  }

  @Override
  public String text(int id) {
    return new String(bytes(id), StandardCharsets.UTF_8);
  }

  @Override
  public byte[] bytes(int id) {
    return switch (id) {
      case BOS -> "<s>".getBytes(StandardCharsets.UTF_8);
      case END -> "</s>".getBytes(StandardCharsets.UTF_8);
      default -> new byte[] {(byte) id};
    };
  }

  @Override
  public OptionalInt bos() {
    return OptionalInt.of(BOS);
  }

  @Override
  public Set<Integer> endOfGeneration() {
    return Set.of(END);
  }

  @Override
  public Set<Integer> special() {
    return Set.of(BOS, END);
  }

  @Override
  public List<ChatTemplateSource> chatTemplates() {
    return List.of();
  }
}
