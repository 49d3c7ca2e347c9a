package io.quire.bench.kv;

/**
 * The shape of a chat trace.
 *
 * @param conversations how many
 * @param turns mean turns of a conversation
 * @param systemPrompts how many system prompts the conversations share
 * @param mostTokens tokens that a turn may reach, prompt and output: the model's length
 * @param gapSteps mean steps between two conversations' arrivals
 * @param thinkSteps mean steps between an answer and the next message
 * @param seed equal seeds, equal traces
 */
record TraceOptions(
    int conversations,
    int turns,
    int systemPrompts,
    int mostTokens,
    double gapSteps,
    double thinkSteps,
    long seed) {}
