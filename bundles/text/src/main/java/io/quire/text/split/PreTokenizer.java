package io.quire.text.split;

import io.quire.text.token.Place;
import java.util.List;

/** Cuts text into words, which are then encoded one by one. Safe for use by several threads. */
@FunctionalInterface
public interface PreTokenizer {
  /** Leaves text in one piece. */
  PreTokenizer WHOLE = (text, place, words) -> words.accept(text, place);

  /** Takes words in order. */
  @FunctionalInterface
  interface Words {
    /**
     * Takes a word.
     *
     * @param word not empty
     * @param place where it stands; only the first word of a text can have its place
     */
    void accept(String word, Place place);
  }

  /**
   * Cuts a text.
   *
   * @param text not empty
   * @param place where it stands
   * @param words takes the words
   * @throws io.quire.api.model.ModelFormatException if a pattern of the model's takes too many
   *     steps on this text
   */
  void split(String text, Place place, Words words);

  /**
   * Cuts by one after another: each cuts the words that the one before it made.
   *
   * @param steps first to last
   * @return all of them as one
   */
  static PreTokenizer sequence(List<PreTokenizer> steps) {
    PreTokenizer all = WHOLE;
    for (PreTokenizer step : steps) {
      PreTokenizer before = all;
      all =
          before == WHOLE
              ? step
              : (text, place, words) ->
                  before.split(text, place, (word, there) -> step.split(word, there, words));
    }
    return all;
  }
}
