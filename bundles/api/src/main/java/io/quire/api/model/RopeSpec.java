package io.quire.api.model;

import java.io.Serializable;

/**
 * Rotary position embedding. Pair {@code i} of {@code dimensions / 2} is turned by {@code position
 * * inverseFrequency(i)}.
 *
 * @param style which elements form a pair
 * @param dimensions leading elements of each head that are turned, even; the rest passes through
 * @param base the frequency base, such as 10000
 * @param scaling how the frequencies are stretched for long contexts
 * @see <a href="https://arxiv.org/abs/2104.09864">Su et al., RoFormer, 2021</a>
 */
public record RopeSpec(Style style, int dimensions, double base, Scaling scaling)
    implements Serializable {
  /** Which two elements of a head are turned together. */
  public enum Style {
    /**
     * Elements {@code 2i} and {@code 2i + 1}: the original paper, and llama weights in GGUF files.
     */
    INTERLEAVED,
    /** Elements {@code i} and {@code i + dimensions / 2}: GPT-NeoX, Hugging Face. */
    HALVES
  }

  /** How the frequencies are stretched. */
  public sealed interface Scaling extends Serializable {}

  /** Not at all. */
  public record Unscaled() implements Scaling {}

  /**
   * Every frequency divided by a factor (position interpolation).
   *
   * @param factor at least 1
   */
  public record Linear(double factor) implements Scaling {}

  /**
   * Llama 3.1: low frequencies divided by a factor, high ones kept, those between blended.
   *
   * @param factor the divisor of low frequencies
   * @param lowFactor wavelengths above {@code originalContext / lowFactor} are divided
   * @param highFactor wavelengths below {@code originalContext / highFactor} are kept
   * @param originalContext the context length that the model was first trained with, in tokens
   */
  public record Llama3(double factor, double lowFactor, double highFactor, int originalContext)
      implements Scaling {}

  /**
   * Every frequency divided by its own number from a tensor of {@code dimensions / 2} F32 values,
   * as in GGUF's {@code rope_freqs.weight}.
   *
   * @param tensor the tensor's name
   */
  public record Divisors(String tensor) implements Scaling {}

  /** Checks the numbers. */
  public RopeSpec {
    if (dimensions < 2 || dimensions % 2 != 0 || !(base > 1)) {
      throw new ModelFormatException(
          "rotary embedding of "
              + dimensions
              + " dimensions with base "
              + base
              + ": dimensions must be even and the base above 1");
    }
  }

  /**
   * The angle per position for one pair, before {@link Divisors} are applied.
   *
   * @param pair from 0 to {@code dimensions / 2 - 1}
   * @return radians per position
   */
  public double inverseFrequency(int pair) {
    double frequency = Math.pow(base, -2.0 * pair / dimensions);
    return switch (scaling) {
      case Unscaled() -> frequency;
      case Divisors(var tensor) -> frequency;
      case Linear(var factor) -> frequency / factor;
      case Llama3 s -> {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < s.originalContext / s.highFactor) {
          yield frequency;
        }
        if (wavelength > s.originalContext / s.lowFactor) {
          yield frequency / s.factor;
        }
        double smooth =
            (s.originalContext / wavelength - s.lowFactor) / (s.highFactor - s.lowFactor);
        yield (1 - smooth) * frequency / s.factor + smooth * frequency;
      }
    };
  }
}
