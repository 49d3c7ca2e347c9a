package io.quire.text.token;

import io.quire.api.model.ModelFormatException;
import java.util.Arrays;
import java.util.List;

/**
 * Finds added tokens in a text: from the left, and of several that begin at the same place the
 * longest. Immutable.
 */
public final class AddedTokens {
  /** No tokens. */
  public static final AddedTokens NONE = new AddedTokens(List.of());

  /** Bounds the work for each character of a text. */
  private static final int MAX_LENGTH = 1024;

  private final List<AddedToken> tokens;
  private final LongTable children = new LongTable(64);
  private int[] ending = {-1};
  private int nodes = 1;

  /** Takes the parts of a text in order. */
  public interface Parts {
    /**
     * Takes text between added tokens.
     *
     * @param text not empty
     * @param place where it stands
     */
    void text(String text, Place place);

    /**
     * Takes an added token.
     *
     * @param id its id
     */
    void token(int id);
  }

  /**
   * Prepares a search. Where several tokens have the same content, the first counts.
   *
   * @param tokens the tokens to find
   * @throws ModelFormatException if one is empty or longer than 1024 characters
   */
  public AddedTokens(List<AddedToken> tokens) {
    this.tokens = List.copyOf(tokens);
    for (int i = 0; i < tokens.size(); i++) {
      insert(tokens.get(i), i);
    }
  }

  /**
   * Splits a text.
   *
   * @param text any text
   * @param place where it stands in a larger one
   * @param parseSpecial whether control tokens are found
   * @param parts takes what is found
   */
  public void split(String text, Place place, boolean parseSpecial, Parts parts) {
    Place here = place;
    int done = 0;
    int at = tokens.isEmpty() ? text.length() : 0;
    while (at < text.length()) {
      AddedToken token = longestAt(text, at, parseSpecial);
      if (token == null) {
        at++;
        continue;
      }
      int from = at;
      at += token.content().length();
      if (token.singleWord() && (isWord(text, from - 1) || isWord(text, at))) {
        continue;
      }
      while (token.stripLeft() && from > done && WhiteSpace.is(text.charAt(from - 1))) {
        from--;
      }
      while (token.stripRight() && at < text.length() && WhiteSpace.is(text.charAt(at))) {
        at++;
      }
      if (from > done) {
        parts.text(text.substring(done, from), here);
      }
      parts.token(token.id());
      here = token.special() ? Place.AFTER_SPECIAL : Place.INSIDE;
      done = at;
    }
    if (done < text.length()) {
      parts.text(text.substring(done), here);
    }
  }

  private AddedToken longestAt(String text, int from, boolean parseSpecial) {
    AddedToken found = null;
    int node = 0;
    for (int i = from; i < text.length(); i++) {
      node = children.get(key(node, text.charAt(i)));
      if (node < 0) {
        break;
      }
      if (ending[node] >= 0 && (parseSpecial || !tokens.get(ending[node]).special())) {
        found = tokens.get(ending[node]);
      }
    }
    return found;
  }

  private void insert(AddedToken token, int index) {
    String content = token.content();
    if (content.isEmpty() || content.length() > MAX_LENGTH) {
      throw new ModelFormatException(
          "added token "
              + token.id()
              + " has "
              + content.length()
              + " characters; 1 to "
              + MAX_LENGTH
              + " are possible");
    }
    int node = 0;
    for (int i = 0; i < content.length(); i++) {
      long key = key(node, content.charAt(i));
      if (children.putIfAbsent(key, nodes)) {
        node = nodes++;
        if (node == ending.length) {
          ending = Arrays.copyOf(ending, node * 2);
        }
        ending[node] = -1;
      } else {
        node = children.get(key);
      }
    }
    if (ending[node] < 0) {
      ending[node] = index;
    }
  }

  private static long key(int node, char c) {
    return (long) node << 16 | c;
  }

  private static boolean isWord(String text, int at) {
    return at >= 0
        && at < text.length()
        && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_');
  }
}
