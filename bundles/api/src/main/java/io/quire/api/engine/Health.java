package io.quire.api.engine;

/**
 * Whether an engine moves.
 *
 * @param ok whether it serves: it has a device, and steps advance while there is work
 * @param message why not, with the numbers; empty if ok
 */
public record Health(boolean ok, String message) {}
