package io.quire.bench.serve;

/** How one request went. */
sealed interface Outcome {
  /**
   * It was answered whole.
   *
   * @param firstText seconds from sending to the first event with text; NaN if none came
   * @param latency seconds from sending to the last event with a choice
   * @param gaps seconds between successive events with text
   * @param promptTokens as the server counts
   * @param outputTokens as the server counts
   */
  record Done(double firstText, double latency, double[] gaps, int promptTokens, int outputTokens)
      implements Outcome {
    /** {@return seconds for each output token after the first; NaN if there is none} */
    double perToken() {
      return outputTokens > 1 && !Double.isNaN(firstText)
          ? (latency - firstText) / (outputTokens - 1)
          : Double.NaN;
    }
  }

  /**
   * It was not.
   *
   * @param reason why
   */
  record Failed(String reason) implements Outcome {}
}
