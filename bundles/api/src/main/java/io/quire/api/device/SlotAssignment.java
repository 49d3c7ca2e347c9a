package io.quire.api.device;

import java.util.List;

/**
 * Gives a slot to a sequence, for sampling: sent once when the sequence starts, or starts again
 * after a preemption. From then on the device itself counts the tokens it samples for the slot.
 *
 * @param slot below {@link PlanOptions#maxSequences()}
 * @param params how tokens are drawn
 * @param tokens prompt and output so far, of which the first {@code length} are valid; not changed
 *     until the step has ended
 * @param promptLength how many of them are prompt
 * @param length how many there are; the penalties see them
 * @param minTokens outputs before which {@code endTokens} cannot be drawn
 * @param endTokens the tokens that would end the sequence
 */
public record SlotAssignment(
    int slot,
    SamplingParams params,
    int[] tokens,
    int promptLength,
    int length,
    int minTokens,
    List<Integer> endTokens) {}
