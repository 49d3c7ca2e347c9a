package io.quire.http.request;

import com.fasterxml.jackson.databind.JsonNode;
import io.quire.api.device.SamplingParams;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.http.exchange.ApiException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What completions and chat have in common: how tokens are drawn and when a choice ends.
 *
 * @param sampling how tokens are drawn; its seed counts only if {@code seed} is there
 * @param seed the seed, if one was given
 * @param choices continuations of each prompt
 * @param maxTokens most tokens of a choice, -1 for as many as fit
 * @param minTokens tokens before which nothing ends a choice but its length
 * @param stop strings that end a choice
 * @param includeStop whether the text keeps them
 * @param stopTokens tokens that end a choice
 * @param ignoreEnd whether end tokens do not
 * @param skipSpecial whether control tokens are left out of the text
 * @param priority smaller goes first
 * @param cacheSalt whose prefixes are shared
 * @param tokenIds whether the answer has token ids too
 * @param tokensAsIds whether log-probabilities name tokens {@code token_id:N}
 */
public record Options(
    SamplingParams sampling,
    OptionalLong seed,
    int choices,
    int maxTokens,
    int minTokens,
    List<String> stop,
    boolean includeStop,
    List<Integer> stopTokens,
    boolean ignoreEnd,
    boolean skipSpecial,
    int priority,
    String cacheSalt,
    boolean tokenIds,
    boolean tokensAsIds) {
  /** Most alternatives of a token, as OpenAI's chat has it. */
  static final int MAX_LOGPROBS = 20;

  private static final int MAX_STOP_LENGTH = 1024;
  private static final int MAX_BIASES = 1024;
  private static final int MAX_SALT = 1024;
  private static final int MAX_NAME = 1024;

  static Options read(Fields f, int maxTokens, int logprobs) {
    refuseUnsupported(f);
    ignoreButCheck(f);
    int choices = f.integer("n", 1, 1, GenerationRequest.MAX_CHOICES);
    int bestOf = f.integer("best_of", choices, 1, Integer.MAX_VALUE);
    if (bestOf != choices) {
      throw ApiException.invalid(
          "best_of",
          "best_of is "
              + bestOf
              + " but must equal n, which is "
              + choices
              + "; choosing the best of more is not offered");
    }
    int minTokens = f.integer("min_tokens", 0, 0, Integer.MAX_VALUE);
    if (maxTokens >= 0 && minTokens > maxTokens) {
      throw ApiException.invalid(
          "min_tokens", "min_tokens is " + minTokens + " but max_tokens is only " + maxTokens);
    }
    OptionalLong seed =
        f.find("seed").isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(f.integer("seed", 0L, Long.MIN_VALUE, Long.MAX_VALUE));
    return new Options(
        sampling(f, seed.orElse(0), logprobs),
        seed,
        choices,
        maxTokens,
        minTokens,
        stops(f),
        f.flag("include_stop_str_in_output", false),
        f.list("stop_token_ids", GenerationRequest.MAX_STOP_TOKENS, Prompts::token),
        f.flag("ignore_eos", false),
        f.flag("skip_special_tokens", true),
        f.integer("priority", 0, Integer.MIN_VALUE, Integer.MAX_VALUE),
        salt(f),
        f.flag("return_token_ids", false),
        f.flag("return_tokens_as_token_ids", false));
  }

  /**
   * The engine's request.
   *
   * @param id its id
   * @param prompt what to continue
   * @param randomSeed the seed if the client gave none
   * @param promptLogprobs whether the prompt is scored too
   * @return the request
   */
  public GenerationRequest request(
      String id, Prompt prompt, long randomSeed, boolean promptLogprobs) {
    return GenerationRequest.builder(id, prompt)
        .sampling(sampling.withSeed(seed.orElse(randomSeed)))
        .choices(choices)
        .maxTokens(maxTokens)
        .minTokens(minTokens)
        .stop(stop, includeStop)
        .stopTokens(stopTokens)
        .ignoreEnd(ignoreEnd)
        .skipSpecial(skipSpecial)
        .promptLogprobs(promptLogprobs)
        .priority(priority)
        .cacheSalt(cacheSalt)
        .build();
  }

  private static SamplingParams sampling(Fields f, long seed, int logprobs) {
    float smallest = Float.MIN_NORMAL;
    return new SamplingParams(
        f.number("temperature", 1, 0, 100),
        f.integer("top_k", 0, -1, Integer.MAX_VALUE),
        f.number("top_p", 1, smallest, 1),
        f.number("min_p", 0, 0, 1),
        f.number("repetition_penalty", 1, smallest, 100),
        f.number("frequency_penalty", 0, -2, 2),
        f.number("presence_penalty", 0, -2, 2),
        biases(f),
        seed,
        logprobs);
  }

  private static Map<Integer, Float> biases(Fields f) {
    Map<Integer, Float> biases = new HashMap<>();
    f.child("logit_bias")
        .ifPresent(given -> {
          if (given.object().size() > MAX_BIASES) {
            throw ApiException.invalid(
                "logit_bias",
                "logit_bias has "
                    + given.object().size()
                    + " entries, but at most "
                    + MAX_BIASES
                    + " are allowed");
          }
          for (Map.Entry<String, JsonNode> entry : given.object().properties()) {
            biases.put(
                biasToken(entry.getKey()),
                Fields.number(given.name(entry.getKey()), entry.getValue(), -100, 100));
          }
        });
    return biases;
  }

  private static int biasToken(String key) {
    try {
      int token = Integer.parseInt(key);
      if (token >= 0) {
        return token;
      }
    } catch (NumberFormatException expected) {
      // Said below, in the client's words.
    }
    String shown = key.length() <= 40 ? key : key.substring(0, 40) + "...";
    throw ApiException.invalid(
        "logit_bias", "logit_bias has the key '" + shown + "', but its keys must be token ids");
  }

  private static List<String> stops(Fields f) {
    List<String> stops =
        f.find("stop").filter(value -> value.isTextual()).isPresent()
            ? List.of(f.text("stop", "", MAX_STOP_LENGTH))
            : f.list(
                "stop",
                GenerationRequest.MAX_STOPS,
                (name, value) -> Fields.text(name, value, MAX_STOP_LENGTH));
    if (stops.contains("")) {
      throw ApiException.invalid(
          "stop", "stop has an empty string, which would end every text at once; leave it out");
    }
    return stops;
  }

  private static String salt(Fields f) {
    String salt = f.text("cache_salt", "", MAX_SALT);
    if (salt.isEmpty() && f.find("cache_salt").isPresent()) {
      throw ApiException.invalid("cache_salt", "cache_salt is empty; give a text or leave it out");
    }
    return salt;
  }

  /** Better an error than an answer that silently ignores what it was to obey. */
  private static void refuseUnsupported(Fields f) {
    String leave = "leave it out";
    for (String name :
        List.of(
            "prompt_logprobs",
            "structured_outputs",
            "guided_json",
            "guided_regex",
            "guided_choice",
            "guided_grammar",
            "logits_processors",
            "allowed_token_ids",
            "bad_words")) {
      f.refuse(name, leave);
    }
    if (f.flag("use_beam_search", false)) {
      f.refuse("use_beam_search", leave);
    }
    f.child("response_format")
        .ifPresent(format -> {
          String type = format.text("type", "text", MAX_NAME);
          if (!type.equals("text")) {
            throw ApiException.invalid(
                "response_format",
                "response_format.type is '" + type + "', but only 'text' is offered");
          }
        });
  }

  private static void ignoreButCheck(Fields f) {
    f.text("user", "", MAX_NAME);
    f.child("metadata");
    f.flag("spaces_between_special_tokens", true);
  }
}
