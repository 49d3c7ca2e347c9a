package io.quire.api.schedule;

import io.quire.api.cache.BlockTable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A sequence as a scheduler sees it. The engine owns it; a scheduler changes nothing but {@link
 * #setComputed}.
 */
@ProviderType
public interface Sequence {
  /** {@return a number that no other sequence of this engine has} */
  long id();

  /** {@return its priority; smaller goes first} */
  int priority();

  /** {@return its place in the order of arrival; kept when it is requeued} */
  long arrival();

  /** {@return tokens it has: prompt, output, and an output token still in flight} */
  int length();

  /** {@return tokens of it that are computed, or being computed by a submitted step} */
  int computed();

  /**
   * Called by the scheduler when it attaches a cached prefix, or takes the blocks away.
   *
   * @param tokens the new {@link #computed}
   */
  void setComputed(int tokens);

  /**
   * {@return its tokens, of which the first {@link #length()} are valid but for one still in flight
   * at the end}
   */
  int[] tokens();

  /** {@return its blocks} */
  BlockTable blocks();

  /**
   * {@return slots it takes while it runs: 1, or the number of choices that its prompt will fork
   * into}
   */
  int slots();

  /**
   * {@return whether all its tokens are known; until then it cannot start again after a preemption}
   */
  boolean known();
}
