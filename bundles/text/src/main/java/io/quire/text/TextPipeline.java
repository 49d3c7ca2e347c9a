package io.quire.text;

import io.quire.text.normalize.TextNormalizer;
import io.quire.text.token.AddedTokens;
import io.quire.text.token.FragmentEncoder;
import io.quire.text.token.Ids;
import io.quire.text.token.Place;

/**
 * The way from text to tokens: cut out added tokens, normalise what is between, cut out those added
 * tokens that count in normalised text, encode the rest.
 *
 * @param literal tokens found in the text as it is
 * @param normalizer applied to the text between them
 * @param normalized tokens found in normalised text
 * @param encoder for all other text
 */
public record TextPipeline(
    AddedTokens literal,
    TextNormalizer normalizer,
    AddedTokens normalized,
    FragmentEncoder encoder) {
  /** Hands the parts of a text on to the next stage, and tokens to the result. */
  private record Stage(FragmentEncoder next, Ids out) implements AddedTokens.Parts {
    @Override
    public void text(String text, Place place) {
      next.encode(text, place, out);
    }

    @Override
    public void token(int id) {
      out.add(id);
    }
  }

  /**
   * Encodes a text.
   *
   * @param text without lone surrogates
   * @param parseSpecial whether control tokens are recognised
   * @param out takes the ids
   */
  public void encode(String text, boolean parseSpecial, Ids out) {
    Stage last = new Stage(encoder, out);
    FragmentEncoder middle =
        (fragment, place, ids) ->
            normalized.split(normalizer.apply(fragment), place, parseSpecial, last);
    literal.split(text, Place.START, parseSpecial, new Stage(middle, out));
  }
}
