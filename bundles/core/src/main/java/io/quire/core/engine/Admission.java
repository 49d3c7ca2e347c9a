package io.quire.core.engine;

import io.quire.api.device.SamplingParams;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.api.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The one check that every request passes, whatever door it comes through. Parameters are named as
 * OpenAI's API and vLLM name them.
 */
final class Admission {
  private static final int MAX_ID_LENGTH = 256;
  private static final int MAX_STOP_LENGTH = 1024;
  private static final int MAX_BIASES = 1024;

  private final EngineOptions options;
  private final Tokenizer tokenizer;
  private final int vocabularySize;

  Admission(EngineParts parts) {
    options = parts.options();
    tokenizer = parts.tokenizer();
    vocabularySize = parts.model().vocabularySize();
  }

  /** Checks everything that does not depend on the prompt. */
  void check(GenerationRequest r) {
    require(
        !r.id().isBlank() && r.id().length() <= MAX_ID_LENGTH,
        "request_id",
        Message.of(
            "the request's id has %d characters but must have 1 to %d",
            r.id().length(), MAX_ID_LENGTH));
    int most = Math.min(GenerationRequest.MAX_CHOICES, options.maxSequences());
    require(
        r.choices() >= 1 && r.choices() <= most,
        "n",
        Message.of("n is %d but must be between 1 and %d", r.choices(), most));
    require(
        r.maxTokens() >= -1,
        "max_tokens",
        Message.of(
            "max_tokens is %d but must be 0 or more, or -1 for as many as fit", r.maxTokens()));
    require(
        r.minTokens() >= 0 && (r.maxTokens() < 0 || r.minTokens() <= r.maxTokens()),
        "min_tokens",
        Message.of(
            "min_tokens is %d but must be between 0 and max_tokens, which is %d",
            r.minTokens(), r.maxTokens()));
    checkStops(r);
    checkSampling(r.sampling());
  }

  private void checkStops(GenerationRequest r) {
    require(
        r.stop().size() <= GenerationRequest.MAX_STOPS,
        "stop",
        Message.of(
            "%d stop strings are more than %d", r.stop().size(), GenerationRequest.MAX_STOPS));
    for (String stop : r.stop()) {
      require(
          !stop.isEmpty() && stop.length() <= MAX_STOP_LENGTH,
          "stop",
          Message.of(
              "a stop string has %d characters but must have 1 to %d",
              stop.length(), MAX_STOP_LENGTH));
    }
    require(
        r.stopTokens().size() <= GenerationRequest.MAX_STOP_TOKENS,
        "stop_token_ids",
        Message.of(
            "%d stop tokens are more than %d",
            r.stopTokens().size(), GenerationRequest.MAX_STOP_TOKENS));
    for (int token : r.stopTokens()) {
      checkToken(token, "stop_token_ids");
    }
  }

  private void checkSampling(SamplingParams s) {
    require(
        s.logprobs() <= options.maxLogprobs(),
        "logprobs",
        Message.of("logprobs is %d but must be at most %d", s.logprobs(), options.maxLogprobs()));
    require(
        s.logitBias().size() <= MAX_BIASES,
        "logit_bias",
        Message.of(
            "logit_bias names %d tokens; at most %d are taken", s.logitBias().size(), MAX_BIASES));
    for (int token : s.logitBias().keySet()) {
      checkToken(token, "logit_bias");
    }
  }

  /** {@return the prompt's tokens, checked} */
  int[] prompt(GenerationRequest r) {
    int[] ids =
        switch (r.prompt()) {
          case Prompt.Tokens p -> p.ids();
          case Prompt.Text p -> tokenizer.encode(p.text(), p.addSpecial(), p.parseSpecial());
        };
    require(ids.length > 0, "prompt", "the prompt has no token; it must have at least 1");
    for (int id : ids) {
      checkToken(id, "prompt");
    }
    return ids;
  }

  /**
   * Checks that the request can ever run.
   *
   * @param r the request
   * @param prompt tokens of its prompt
   * @param capacity tokens that the KV cache holds in all
   * @return most output tokens of a choice
   */
  int maxTokens(GenerationRequest r, int prompt, long capacity) {
    int context = options.maxModelLength();
    // Nothing to generate needs no place; anything else needs at least one.
    int least = r.maxTokens() == 0 ? 0 : 1;
    require(
        prompt + least <= context,
        "prompt",
        Message.of(
            "the prompt has %d tokens, which leaves no room in the model's context of %d tokens;"
                + " shorten it",
            prompt, context));
    require(
        prompt + (long) least <= capacity,
        "prompt",
        Message.of(
            "the prompt has %d tokens, but the KV cache holds %d; shorten it or raise kv.memory",
            prompt, capacity));
    if (r.maxTokens() < 0) {
      int fits = (int) Math.min(context, capacity) - prompt;
      require(
          r.minTokens() <= fits,
          "min_tokens",
          Message.of("min_tokens is %d, but only %d fit behind the prompt", r.minTokens(), fits));
      return fits;
    }
    long total = prompt + (long) r.maxTokens();
    require(
        total <= context,
        "max_tokens",
        Message.of(
            "the prompt has %d tokens and max_tokens is %d, together %d; the model's context holds %d."
                + " Lower max_tokens to %d or less",
            prompt, r.maxTokens(), total, context, context - prompt));
    require(
        total <= capacity,
        "max_tokens",
        Message.of(
            "the prompt has %d tokens and max_tokens is %d, together %d; the KV cache holds %d."
                + " Lower max_tokens to %d or less, or raise kv.memory",
            prompt, r.maxTokens(), total, capacity, capacity - prompt));
    return r.maxTokens();
  }

  /** {@return the tokens that end a choice, ascending} */
  List<Integer> endTokens(GenerationRequest r) {
    Set<Integer> ends = new TreeSet<>(r.stopTokens());
    if (!r.ignoreEnd()) {
      ends.addAll(tokenizer.endOfGeneration());
    }
    return new ArrayList<>(ends);
  }

  private void checkToken(int token, String parameter) {
    require(
        token >= 0 && token < vocabularySize,
        parameter,
        Message.of(
            "%s names token %d, but the vocabulary has 0 to %d",
            parameter, token, vocabularySize - 1));
  }

  private static void require(boolean condition, String parameter, String message) {
    if (!condition) {
      throw EngineException.invalid(parameter, message);
    }
  }
}
