package io.quire.text.bpe;

import io.quire.text.split.PreTokenizer;
import io.quire.text.token.FragmentEncoder;
import io.quire.text.token.Ids;
import io.quire.text.token.Place;
import java.util.function.ToIntFunction;

/**
 * Byte pair encoding by ranked merges: words by a pre-tokenizer, symbols of each word, merges in
 * the order of their ranks.
 *
 * @see <a href="https://arxiv.org/abs/1508.07909">Sennrich et al., 2016</a>
 */
public final class BytePairEncoder implements FragmentEncoder {
  private final PreTokenizer preTokenizer;
  private final ToIntFunction<String> wholeWord;
  private final SymbolSource source;
  private final PairMerges merges;
  private final WordCache cache = new WordCache();

  /**
   * Creates an encoder.
   *
   * @param preTokenizer cuts words
   * @param wholeWord the token that a word becomes without any merging, or -1; where the vocabulary
   *     asks for merges always, a function that finds none
   * @param source gives the symbols of other words
   * @param merges joins them
   */
  public BytePairEncoder(
      PreTokenizer preTokenizer,
      ToIntFunction<String> wholeWord,
      SymbolSource source,
      PairMerges merges) {
    this.preTokenizer = preTokenizer;
    this.wholeWord = wholeWord;
    this.source = source;
    this.merges = merges;
  }

  @Override
  public void encode(String fragment, Place place, Ids out) {
    Word scratch = new Word();
    preTokenizer.split(fragment, place, (word, ignored) -> encodeWord(word, scratch, out));
  }

  private void encodeWord(String word, Word scratch, Ids out) {
    int[] known = cache.get(word).orElse(null);
    if (known != null) {
      out.addAll(known);
      return;
    }
    int from = out.size();
    int whole = wholeWord.applyAsInt(word);
    if (whole >= 0) {
      out.add(whole);
    } else {
      scratch.encode(word, out);
    }
    cache.put(word, out.since(from));
  }

  /** The symbols of one word. */
  private final class Word extends Merging {
    private final Ids symbols = new Ids();
    private int[] ids = {};

    void encode(String word, Ids out) {
      symbols.clear();
      source.symbols(word, symbols);
      if (symbols.size() == 0) {
        return;
      }
      ids = symbols.toArray();
      run(ids.length);
      for (int at = 0; at >= 0; at = after(at)) {
        out.add(ids[at]);
      }
    }

    @Override
    protected long candidate(int left, int right) {
      return merges.find(ids[left], ids[right]);
    }

    @Override
    protected void join(int left, int right, int id) {
      ids[left] = id;
    }
  }
}
