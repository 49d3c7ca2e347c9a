package io.quire.api.device;

import java.io.Serializable;

/**
 * How a plan stores keys and values.
 *
 * @param blockTokens tokens in a block
 * @param blockBytes bytes of one block, all layers together
 */
public record KvLayout(int blockTokens, long blockBytes) implements Serializable {}
