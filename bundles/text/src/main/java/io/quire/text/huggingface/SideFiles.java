package io.quire.text.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFile;
import io.quire.api.model.ModelFormatException;
import io.quire.api.text.Tokenizer.ChatTemplateSource;
import io.quire.text.VocabularyTokenizer.Marks;
import io.quire.text.token.AddedToken;
import io.quire.text.token.KnownEnds;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** What the files beside {@code tokenizer.json} say: special tokens and chat templates. */
final class SideFiles {
  private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
  private static final String GENERATION_CONFIG = "generation_config.json";
  private static final String DEFAULT = "default";

  private final ModelConfig config;
  private final JsonNode tokenizer;
  private final JsonNode generation;
  private final Map<String, String> texts;

  SideFiles(ModelFile model) {
    config = model.config();
    texts = model.texts();
    tokenizer = parse(TOKENIZER_CONFIG);
    generation = parse(GENERATION_CONFIG);
  }

  private JsonNode parse(String file) {
    String text = texts.get(file);
    return text == null ? Json.MAPPER.createObjectNode() : Json.parse(text, file);
  }

  /** How many ids the model itself has, padding included; 0 if unknown. */
  int modelVocabularySize() {
    Object size = config.values().get("vocab_size");
    if (size == null && config.values().get("text_config") instanceof Map<?, ?> text) {
      size = text.get("vocab_size");
    }
    if (size == null) {
      return 0;
    }
    if (size instanceof Long number && number >= 0 && number <= TokenizerJson.MAX_TOKENS) {
      return number.intValue();
    }
    throw new ModelFormatException(
        "config.json: vocab_size = "
            + size
            + " is no size of a vocabulary; at most "
            + TokenizerJson.MAX_TOKENS
            + " are accepted");
  }

  Marks marks(HuggingFaceVocabulary vocabulary, Surroundings around) {
    OptionalInt bos = named("bos_token", vocabulary);
    OptionalInt eos = named("eos_token", vocabulary);
    List<Integer> before = around.before();
    List<Integer> after = around.after();
    if (!around.stated()) {
      before = flagged("add_bos_token", bos);
      after = flagged("add_eos_token", eos);
    }
    before.forEach(id -> check(id, "post_processor", vocabulary.size()));
    after.forEach(id -> check(id, "post_processor", vocabulary.size()));
    return new Marks(bos, ends(eos, vocabulary), before, after, templates());
  }

  private List<Integer> flagged(String flag, OptionalInt token) {
    return Json.flag(tokenizer, flag, false) && token.isPresent()
        ? List.of(token.getAsInt())
        : List.of();
  }

  /** A token that the tokenizer's settings name by its text, or by an object with its text. */
  private OptionalInt named(String key, HuggingFaceVocabulary vocabulary) {
    JsonNode token = tokenizer.path(key);
    if (Json.absent(token)) {
      return OptionalInt.empty();
    }
    return vocabulary.addedId(
        token.isObject() ? Json.text(token, "content") : Json.text(tokenizer, key));
  }

  private List<Integer> ends(OptionalInt eos, HuggingFaceVocabulary vocabulary) {
    Set<Integer> ends = new LinkedHashSet<>();
    eos.ifPresent(ends::add);
    JsonNode generated = generation.path("eos_token_id");
    if (generated.isArray()) {
      generated.forEach(id -> ends.add(id(id, vocabulary.size())));
    } else if (!Json.absent(generated)) {
      ends.add(id(generated, vocabulary.size()));
    }
    Object configured = config.values().get("eos_token_id");
    List<?> ids = configured instanceof List<?> list ? list : List.of();
    if (configured instanceof Long id) {
      ids = List.of(id);
    }
    for (Object id : ids) {
      if (!(id instanceof Long number)) {
        throw new ModelFormatException("config.json: eos_token_id names " + id + ", not an id");
      }
      ends.add(check(number, "config.json: eos_token_id", vocabulary.size()));
    }
    for (AddedToken token : vocabulary.added().values()) {
      if (token.special() && KnownEnds.contains(token.content())) {
        ends.add(token.id());
      }
    }
    return List.copyOf(ends);
  }

  private static int id(JsonNode id, int size) {
    if (!id.isIntegralNumber() || !id.canConvertToInt()) {
      throw new ModelFormatException(
          GENERATION_CONFIG + ": eos_token_id names " + Json.excerpt(id) + ", not an id");
    }
    return check(id.intValue(), GENERATION_CONFIG + ": eos_token_id", size);
  }

  private static int check(long id, String where, int size) {
    if (id < 0 || id >= size) {
      throw new ModelFormatException(
          where + " = " + id + " is outside the vocabulary of " + size + " tokens");
    }
    return (int) id;
  }

  private List<ChatTemplateSource> templates() {
    Map<String, String> found = new LinkedHashMap<>();
    String file = texts.get("chat_template.jinja");
    if (file != null) {
      found.put(DEFAULT, file);
    }
    JsonNode templates = tokenizer.path("chat_template");
    if (templates.isTextual()) {
      found.putIfAbsent(DEFAULT, templates.textValue());
    } else if (templates.isArray()) {
      templates.forEach(
          entry -> found.putIfAbsent(Json.text(entry, "name"), Json.text(entry, "template")));
    }
    List<ChatTemplateSource> sources = new ArrayList<>();
    found.forEach((name, source) -> sources.add(new ChatTemplateSource(name, source)));
    sources.sort((a, b) -> Boolean.compare(b.name().equals(DEFAULT), a.name().equals(DEFAULT)));
    return sources;
  }
}
