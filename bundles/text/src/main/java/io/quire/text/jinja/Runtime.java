package io.quire.text.jinja;

import java.time.Clock;

/**
 * What a rendering hands to every function, filter and test.
 *
 * @param budget what it may still use
 * @param clock for {@code strftime_now}
 */
record Runtime(Budget budget, Clock clock) {}
