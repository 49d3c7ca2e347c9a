package io.quire.api.engine;

import java.time.Instant;

/**
 * A served model.
 *
 * @param name the name that clients use
 * @param location where it was loaded from
 * @param architecture its family
 * @param maxModelLength most tokens of a sequence, prompt and output
 * @param vocabularySize number of tokens
 * @param bytes size of the weights
 * @param started when it became ready
 */
public record ModelInfo(
    String name,
    String location,
    String architecture,
    int maxModelLength,
    int vocabularySize,
    long bytes,
    Instant started) {}
