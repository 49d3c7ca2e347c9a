package io.quire.core.engine;

import io.quire.api.device.SamplingParams;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.RequestInfo;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A request that was taken in. What is constant is set by the caller's thread; the rest belongs to
 * the loop, except where a field says otherwise.
 */
final class ActiveRequest {
  final GenerationRequest request;
  final int[] prompt;

  /** Most output tokens of a choice, never negative. */
  final int maxTokens;

  /** Tokens that end a choice, ascending; {@link #endTokenList} has the same. */
  final int[] endTokens;

  final List<Integer> endTokenList;

  /** As the device sees them: scoring a prompt needs log-probabilities switched on. */
  final SamplingParams sampling;

  final long arrival;
  final long arrivalNanos;
  final RequestOutput output;

  /** Set by the first cancel, from any thread, so that there is one command for it at most. */
  final AtomicBoolean cancelled = new AtomicBoolean();

  /** By choice; those after the first appear when the prompt is forked. */
  final EngineSequence[] sequences;

  /** Whether it has failed or was cancelled; none of its sequences is left then. */
  boolean over;

  /** Whether it counts as waiting no longer. */
  boolean dequeued;

  /** Prompt tokens that came from the prefix cache when it first started. */
  int cachedTokens;

  /** When the first step with it was built, 0 before. */
  long startedNanos;

  /** Sequences with slots. Read by other threads. */
  private volatile int seated;

  /** Output tokens of all choices. Read by other threads. */
  private volatile int outputTokens;

  ActiveRequest(
      GenerationRequest request,
      int[] prompt,
      int maxTokens,
      List<Integer> endTokens,
      long arrival,
      long arrivalNanos,
      RequestOutput output) {
    this.request = request;
    this.prompt = prompt;
    this.maxTokens = maxTokens;
    this.endTokenList = List.copyOf(endTokens);
    this.endTokens = endTokens.stream().mapToInt(Integer::intValue).sorted().toArray();
    this.sampling = sampling(request);
    this.arrival = arrival;
    this.arrivalNanos = arrivalNanos;
    this.output = output;
    this.sequences = new EngineSequence[request.choices()];
    output.bind(this);
  }

  private static SamplingParams sampling(GenerationRequest request) {
    SamplingParams s = request.sampling();
    if (!request.promptLogprobs() || s.logprobs() >= 0) {
      return s;
    }
    return new SamplingParams(
        s.temperature(),
        s.topK(),
        s.topP(),
        s.minP(),
        s.repetitionPenalty(),
        s.frequencyPenalty(),
        s.presencePenalty(),
        s.logitBias(),
        s.seed(),
        0);
  }

  /** {@return the most tokens that one of its sequences can have} */
  int limit() {
    return prompt.length + maxTokens;
  }

  void seat() {
    setSeated(seated + 1);
  }

  void unseat() {
    setSeated(seated - 1);
  }

  // One writer: reading and writing back is no race.
  private void setSeated(int value) {
    seated = value;
  }

  /** Called by the output side, once per token. */
  void publishOutputTokens(int value) {
    outputTokens = value;
  }

  boolean running() {
    return seated > 0;
  }

  RequestInfo info(long now) {
    return new RequestInfo(
        request.id(),
        running() ? "running" : "waiting",
        prompt.length,
        outputTokens,
        request.choices(),
        request.priority(),
        (now - arrivalNanos) / 1e9);
  }
}
