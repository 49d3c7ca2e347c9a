package io.quire.api.engine;

/**
 * A request that waits or runs.
 *
 * @param id its id
 * @param state {@code waiting} or {@code running}
 * @param promptTokens tokens of its prompt
 * @param outputTokens tokens generated so far, all choices
 * @param choices continuations
 * @param priority smaller goes first
 * @param ageSeconds seconds since its arrival
 */
public record RequestInfo(
    String id,
    String state,
    int promptTokens,
    int outputTokens,
    int choices,
    int priority,
    double ageSeconds) {}
