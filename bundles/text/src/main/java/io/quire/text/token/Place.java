package io.quire.text.token;

/** Where a fragment of a text stands; some models put a space in front of it accordingly. */
public enum Place {
  /** The text begins with it. */
  START,
  /** A control token stands before it. */
  AFTER_SPECIAL,
  /** Other text stands before it. */
  INSIDE
}
