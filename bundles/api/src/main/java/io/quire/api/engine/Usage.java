package io.quire.api.engine;

/**
 * Tokens of a request.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens of these, taken from the prefix cache when it was first computed
 * @param completionTokens tokens of all choices, those that ended one included
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens) {}
