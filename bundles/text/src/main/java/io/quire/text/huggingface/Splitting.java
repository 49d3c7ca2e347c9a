package io.quire.text.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.text.split.ByteLevelSplit;
import io.quire.text.split.MetaspaceSplit;
import io.quire.text.split.PatternSplit;
import io.quire.text.split.PatternSplit.Behavior;
import io.quire.text.split.Patterns;
import io.quire.text.split.PreTokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The member {@code pre_tokenizer}.
 *
 * @param preTokenizer cuts words
 * @param byteLevel whether the vocabulary is written in the byte alphabet
 */
record Splitting(PreTokenizer preTokenizer, boolean byteLevel) {
  private static final int MAX_STEPS = 32;
  private static final String ELEMENT = "pre_tokenizer";

  static Splitting read(JsonNode node) {
    List<JsonNode> steps = new ArrayList<>();
    flatten(node, steps);
    if (steps.size() > MAX_STEPS) {
      throw Json.unsupported(ELEMENT, "of " + steps.size() + " steps (at most " + MAX_STEPS + ")");
    }
    List<PreTokenizer> preTokenizers = new ArrayList<>();
    boolean byteLevel = false;
    for (JsonNode step : steps) {
      if (byteLevel) {
        throw Json.unsupported(ELEMENT, Json.text(step, "type") + " after ByteLevel");
      }
      preTokenizers.add(step(step));
      byteLevel = Json.text(step, "type").equals("ByteLevel");
    }
    return new Splitting(PreTokenizer.sequence(preTokenizers), byteLevel);
  }

  private static void flatten(JsonNode node, List<JsonNode> steps) {
    if (Json.absent(node)) {
      return;
    }
    if (Json.text(node, "type").equals("Sequence")) {
      for (JsonNode step : Json.list(node, "pretokenizers")) {
        flatten(step, steps);
      }
    } else {
      steps.add(node);
    }
  }

  private static PreTokenizer step(JsonNode node) {
    String type = Json.text(node, "type");
    return switch (type) {
      case "ByteLevel" ->
          new ByteLevelSplit(
              Json.flag(node, "add_prefix_space", true), Json.flag(node, "use_regex", true));
      case "Split" ->
          new PatternSplit(
              NormalizerReader.pattern(node),
              behavior(Json.text(node, "behavior")),
              Json.flag(node, "invert", false));
      case "Digits" ->
          new PatternSplit(
              Patterns.compile("\\p{N}"),
              Json.flag(node, "individual_digits", false) ? Behavior.ISOLATED : Behavior.CONTIGUOUS,
              false);
      case "Punctuation" ->
          new PatternSplit(
              Patterns.compile("[\\p{P}$+<=>^`|~]"),
              behavior(Json.text(node, "behavior", "Isolated")),
              false);
      case "Metaspace" -> metaspace(node);
      default -> throw Json.unsupported(ELEMENT, type);
    };
  }

  private static PreTokenizer metaspace(JsonNode node) {
    return new MetaspaceSplit(
        Json.text(node, "replacement"), prepend(node, ELEMENT), Json.flag(node, "split", true));
  }

  /** The scheme of a Metaspace; files of before 2024 have a flag instead. */
  static MetaspaceSplit.Prepend prepend(JsonNode node, String element) {
    String older = Json.flag(node, "add_prefix_space", true) ? "always" : "never";
    String scheme = Json.text(node, "prepend_scheme", older);
    return switch (scheme) {
      case "always" -> MetaspaceSplit.Prepend.ALWAYS;
      case "first" -> MetaspaceSplit.Prepend.FIRST;
      case "never" -> MetaspaceSplit.Prepend.NEVER;
      default -> throw Json.unsupported(element, "Metaspace with prepend_scheme " + scheme);
    };
  }

  private static Behavior behavior(String name) {
    return switch (name) {
      case "Isolated" -> Behavior.ISOLATED;
      case "Removed" -> Behavior.REMOVED;
      case "Contiguous" -> Behavior.CONTIGUOUS;
      case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
      default -> throw Json.unsupported(ELEMENT, "Split with behavior " + name);
    };
  }
}
