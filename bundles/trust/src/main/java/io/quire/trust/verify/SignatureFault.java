package io.quire.trust.verify;

/** Something is not signed by a signer. The message says what is wrong, as half a sentence. */
public final class SignatureFault extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Says what is wrong.
   *
   * @param message half a sentence
   */
  public SignatureFault(String message) {
    super(message);
  }
}
