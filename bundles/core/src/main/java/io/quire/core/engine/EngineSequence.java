package io.quire.core.engine;

import io.quire.api.cache.BlockTable;
import io.quire.api.device.SamplingParams;
import io.quire.api.device.SlotAssignment;
import io.quire.api.schedule.Sequence;
import java.util.Arrays;

/**
 * One choice of a request: its tokens and how far they are computed. A token in flight (sampled by
 * a submitted step, not on the host yet) is kept at the end as the negative id that stands for it
 * in the next step, and is overwritten when it arrives.
 */
final class EngineSequence implements Sequence {
  /** Where it stands. */
  enum State {
    /** It has no slots: in a scheduler's queue, or without a lane. */
    WAITING,
    /** It has slots. */
    SEATED,
    /** Its last token is in flight; blocks and slots have been given back already. */
    FINISHING,
    /** It is over. */
    ENDED
  }

  static final int[] NO_SLOTS = {};

  final ActiveRequest request;
  final int choice;
  final ChoiceOutput output;

  /** Most tokens it can have. */
  final int limit;

  State state = State.WAITING;

  /** Its own slot, then those of the choices that it will fork into; empty while it waits. */
  int[] slotIds = NO_SLOTS;

  /** Distinguishes its rows in flight from those of before it was ended or started anew. */
  int epoch;

  /** The lane it is on; null while there is none for it. */
  Lane lane;

  /** Its index among the members of its lane. */
  int member;

  /** Whether its prompt has positions whose scores were not asked for since it last started. */
  boolean scoring;

  /** Whether it has been computed again after a row without a usable token. */
  boolean retried;

  /** Full blocks that the block manager knows of. */
  int committedBlocks;

  private final long id;
  private final int promptLength;
  private final SamplingParams params;
  private BlockTable table;
  private int[] tokens;
  private int length;
  private int known;
  private int computed;
  private boolean forks;

  /** A request's first sequence: its prompt. */
  EngineSequence(long id, ActiveRequest request) {
    this(id, request, 0, request.prompt, request.prompt.length);
    forks = request.request.choices() > 1 && request.maxTokens > 0;
    scoring = request.request.promptLogprobs();
  }

  private EngineSequence(long id, ActiveRequest request, int choice, int[] source, int known) {
    this.id = id;
    this.request = request;
    this.choice = choice;
    this.promptLength = request.prompt.length;
    this.limit = request.limit();
    this.output = request.output.choice(choice);
    this.params = request.sampling.withSeed(request.sampling.seed() + choice);
    this.tokens = Arrays.copyOf(source, Math.min(limit, Math.addExact(known, 16)));
    this.length = known;
    this.known = known;
  }

  /**
   * Makes another choice of the same prompt, at the step that samples all of them.
   *
   * @param childId its id
   * @param index which choice
   * @return a sequence that has computed its prompt
   */
  EngineSequence fork(long childId, int index) {
    EngineSequence child = new EngineSequence(childId, request, index, tokens, promptLength);
    child.computed = promptLength;
    child.reserveTokens();
    child.state = State.SEATED;
    child.slotIds = new int[] {slotIds[index]};
    return child;
  }

  /** Takes room for all tokens it may ever have, so that steps allocate nothing as it grows. */
  void reserveTokens() {
    if (tokens.length < limit) {
      tokens = Arrays.copyOf(tokens, limit);
    }
  }

  /** The choices have sequences of their own now. */
  void forked() {
    forks = false;
    slotIds = new int[] {slotIds[0]};
  }

  boolean forks() {
    return forks;
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public int priority() {
    return request.request.priority();
  }

  @Override
  public long arrival() {
    return request.arrival;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int computed() {
    return computed;
  }

  @Override
  public void setComputed(int value) {
    computed = value;
  }

  @Override
  public int[] tokens() {
    return tokens;
  }

  @Override
  public BlockTable blocks() {
    return table;
  }

  void setBlocks(BlockTable value) {
    table = value;
  }

  @Override
  public int slots() {
    return forks ? request.request.choices() : 1;
  }

  @Override
  public boolean known() {
    return known == length;
  }

  int knownLength() {
    return known;
  }

  int promptLength() {
    return promptLength;
  }

  /** {@return output tokens, one in flight included} */
  int outputs() {
    return length - promptLength;
  }

  /** {@return whether the next token sampled is its last} */
  boolean onLastToken() {
    return length + 1 >= limit;
  }

  /**
   * A submitted step samples its next token.
   *
   * @param row the row of that step
   */
  void await(int row) {
    ensureCapacity(length + 1);
    tokens[length++] = -(row + 1);
  }

  /**
   * The oldest token in flight has arrived.
   *
   * @param token the token
   */
  void accept(int token) {
    ensureCapacity(known + 1);
    tokens[known++] = token;
    length = Math.max(length, known);
  }

  /** Back to what is known, nothing of it computed; rows in flight are dropped. */
  void restart() {
    epoch++;
    length = known;
    computed = 0;
    committedBlocks = 0;
    state = State.WAITING;
    slotIds = NO_SLOTS;
    scoring = request.request.promptLogprobs() && choice == 0 && known == promptLength;
  }

  /** It is over; rows in flight are dropped. */
  void end() {
    epoch++;
    state = State.ENDED;
  }

  /** It has lost blocks and slots, but the token in flight will come. */
  void preempted() {
    committedBlocks = 0;
    state = State.WAITING;
    slotIds = NO_SLOTS;
  }

  /**
   * The sampling state for one of its slots.
   *
   * @param index which of its slots
   * @return what the device needs
   */
  SlotAssignment assignment(int index) {
    return new SlotAssignment(
        slotIds[index],
        index == 0 ? params : request.sampling.withSeed(request.sampling.seed() + index),
        tokens,
        promptLength,
        length,
        request.request.minTokens(),
        request.endTokenList);
  }

  private void ensureCapacity(int wanted) {
    if (wanted > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.min(limit, Math.max(wanted, tokens.length * 2)));
    }
  }
}
