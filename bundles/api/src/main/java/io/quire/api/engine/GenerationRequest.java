package io.quire.api.engine;

import io.quire.api.device.SamplingParams;
import java.util.List;

/**
 * A request for text. Make one with {@link #builder}.
 *
 * @param id for logs, listings and abort; unique among the requests that run
 * @param prompt what to continue
 * @param sampling how tokens are drawn; choice {@code i} uses {@code seed + i}
 * @param choices how many independent continuations
 * @param maxTokens most output tokens of a choice; 0 for none, only useful with {@code
 *     promptLogprobs}; -1 for as many as fit
 * @param minTokens output tokens before which nothing ends a choice but its length
 * @param stop strings that end a choice
 * @param includeStop whether the stop string is part of the text
 * @param stopTokens further tokens that end a choice
 * @param ignoreEnd whether the model's own end tokens do not end a choice
 * @param skipSpecial whether control tokens are left out of the text
 * @param promptLogprobs whether the prompt's tokens are scored too
 * @param priority smaller goes first, where the scheduler looks at it
 * @param cacheSalt requests share cached prefixes only with requests of the same salt
 */
public record GenerationRequest(
    String id,
    Prompt prompt,
    SamplingParams sampling,
    int choices,
    int maxTokens,
    int minTokens,
    List<String> stop,
    boolean includeStop,
    List<Integer> stopTokens,
    boolean ignoreEnd,
    boolean skipSpecial,
    boolean promptLogprobs,
    int priority,
    String cacheSalt) {
  /** The most continuations of one request. */
  public static final int MAX_CHOICES = 16;

  /** The most stop strings of one request. */
  public static final int MAX_STOPS = 16;

  /** The most stop tokens of one request. */
  public static final int MAX_STOP_TOKENS = 256;

  /** Copies the lists. */
  public GenerationRequest {
    stop = List.copyOf(stop);
    stopTokens = List.copyOf(stopTokens);
  }

  /**
   * Starts a request: greedy, one choice, 16 tokens, as OpenAI's completions have it.
   *
   * @param id its id
   * @param prompt what to continue
   * @return a builder
   */
  public static Builder builder(String id, Prompt prompt) {
    return new Builder(id, prompt);
  }

  /** Sets what differs from the defaults. One thread. */
  public static final class Builder {
    private final String id;
    private final Prompt prompt;
    private SamplingParams sampling = SamplingParams.GREEDY;
    private int choices = 1;
    private int maxTokens = 16;
    private int minTokens;
    private List<String> stop = List.of();
    private boolean includeStop;
    private List<Integer> stopTokens = List.of();
    private boolean ignoreEnd;
    private boolean skipSpecial = true;
    private boolean promptLogprobs;
    private int priority;
    private String cacheSalt = "";

    private Builder(String id, Prompt prompt) {
      this.id = id;
      this.prompt = prompt;
    }

    /**
     * See {@link GenerationRequest#sampling()}.
     *
     * @param value the value
     * @return this
     */
    public Builder sampling(SamplingParams value) {
      sampling = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#choices()}.
     *
     * @param value the value
     * @return this
     */
    public Builder choices(int value) {
      choices = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#maxTokens()}.
     *
     * @param value the value
     * @return this
     */
    public Builder maxTokens(int value) {
      maxTokens = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#minTokens()}.
     *
     * @param value the value
     * @return this
     */
    public Builder minTokens(int value) {
      minTokens = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#stop()} and {@link GenerationRequest#includeStop()}.
     *
     * @param strings the strings
     * @param include whether the text keeps them
     * @return this
     */
    public Builder stop(List<String> strings, boolean include) {
      stop = strings;
      includeStop = include;
      return this;
    }

    /**
     * See {@link GenerationRequest#stopTokens()}.
     *
     * @param value the value
     * @return this
     */
    public Builder stopTokens(List<Integer> value) {
      stopTokens = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#ignoreEnd()}.
     *
     * @param value the value
     * @return this
     */
    public Builder ignoreEnd(boolean value) {
      ignoreEnd = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#skipSpecial()}.
     *
     * @param value the value
     * @return this
     */
    public Builder skipSpecial(boolean value) {
      skipSpecial = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#promptLogprobs()}.
     *
     * @param value the value
     * @return this
     */
    public Builder promptLogprobs(boolean value) {
      promptLogprobs = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#priority()}.
     *
     * @param value the value
     * @return this
     */
    public Builder priority(int value) {
      priority = value;
      return this;
    }

    /**
     * See {@link GenerationRequest#cacheSalt()}.
     *
     * @param value the value
     * @return this
     */
    public Builder cacheSalt(String value) {
      cacheSalt = value;
      return this;
    }

    /** {@return the request} */
    public GenerationRequest build() {
      return new GenerationRequest(
          id,
          prompt,
          sampling,
          choices,
          maxTokens,
          minTokens,
          stop,
          includeStop,
          stopTokens,
          ignoreEnd,
          skipSpecial,
          promptLogprobs,
          priority,
          cacheSalt);
    }
  }
}
