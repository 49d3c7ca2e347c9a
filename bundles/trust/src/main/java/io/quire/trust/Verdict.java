package io.quire.trust;

import java.util.Optional;

/** Whether something may come in. */
public sealed interface Verdict {
  /**
   * It may.
   *
   * @param sha256 of the content, hexadecimal; empty for weights whose signature nobody asked for
   * @param signer who signed it; empty where no signatures are asked for
   */
  record Accepted(Optional<String> sha256, Optional<String> signer) implements Verdict {}

  /**
   * It may not.
   *
   * @param reason what is wrong, with numbers and remedy
   */
  record Refused(String reason) implements Verdict {}
}
