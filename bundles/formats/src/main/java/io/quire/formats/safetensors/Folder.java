package io.quire.formats.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.quire.formats.Source;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A model's directory: the small files beside its weights.
 *
 * @param path the directory
 */
record Folder(Path path) {
  static final String CONFIG = "config.json";
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";

  private static final int MAX_INDEX = 64 << 20;
  private static final int MAX_CONFIG = 2 << 20;
  private static final int MAX_TEXT = 8 << 20;

  /** A tokenizer of 262,144 tokens takes 33 MB. */
  private static final int MAX_TOKENIZER = 128 << 20;

  private static final Map<String, Integer> TEXTS =
      Map.of(
          "tokenizer.json", MAX_TOKENIZER,
          "tokenizer_config.json", MAX_TEXT,
          "generation_config.json", MAX_TEXT,
          "chat_template.jinja", MAX_TEXT,
          "special_tokens_map.json", MAX_TEXT);

  private static final int MAX_TENSORS = 1 << 18;
  private static final int MAX_SHARDS = 4096;
  private static final Pattern SHARD = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*\\.safetensors");

  /** The members of {@code config.json}. */
  Map<String, Object> config() {
    Path file = path.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      throw source(file)
          .error("there is no such file; Quire needs it beside the weights, fetch the whole model");
    }
    return Json.read(source(file), bytes(file, MAX_CONFIG), Json::object);
  }

  /** Texts that a tokenizer needs, where they exist. */
  Map<String, String> texts() {
    Map<String, String> texts = new HashMap<>();
    TEXTS.forEach((name, limit) -> {
      Path file = path.resolve(name);
      if (Files.isRegularFile(file)) {
        texts.put(name, text(file, limit));
      }
    });
    return texts;
  }

  boolean sharded() {
    return !Files.isRegularFile(path.resolve(SINGLE)) && Files.isRegularFile(path.resolve(INDEX));
  }

  /** Which file each tensor is in; files lie in this directory. */
  Map<String, String> index() {
    Path file = path.resolve(INDEX);
    return Json.read(source(file), bytes(file, MAX_INDEX), this::index);
  }

  private Map<String, String> index(JsonParser parser) throws IOException {
    Source source = source(path.resolve(INDEX));
    Map<String, String> files = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      boolean map = parser.currentName().equals("weight_map");
      if (parser.nextToken() == JsonToken.START_OBJECT && map) {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String tensor = parser.currentName();
          String shard = Json.string(parser, source, "the file of " + Source.quote(tensor));
          if (files.put(tensor, shard) != null || files.size() > MAX_TENSORS) {
            throw source.error(
                "names tensor "
                    + Source.quote(tensor)
                    + " twice, or more than "
                    + MAX_TENSORS
                    + " tensors");
          }
        }
      } else {
        parser.skipChildren();
      }
    }
    List<String> shards = files.values().stream().distinct().toList();
    if (shards.isEmpty() || shards.size() > MAX_SHARDS) {
      throw source.error(
          "its weight_map names " + shards.size() + " files; 1 to " + MAX_SHARDS + " are read");
    }
    for (String shard : shards) {
      if (!SHARD.matcher(shard).matches()) {
        throw source.error(
            "names a file "
                + Source.quote(shard)
                + "; only names of .safetensors files in the same directory are opened");
      }
    }
    return files;
  }

  private static String text(Path file, int limit) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(bytes(file, limit));
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw source(file).error("is not UTF-8; the file is damaged", e);
    }
  }

  private static byte[] bytes(Path file, int limit) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(limit + 1);
      if (bytes.length > limit) {
        throw source(file).error("has more than " + limit + " bytes, the limit for such a file");
      }
      return bytes;
    } catch (IOException e) {
      throw source(file).error("cannot be read (" + e + "); check its permissions", e);
    }
  }

  private static Source source(Path file) {
    return new Source(file.toString());
  }
}
