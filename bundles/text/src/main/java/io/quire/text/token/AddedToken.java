package io.quire.text.token;

/**
 * A token that is cut out of a text before anything else looks at it.
 *
 * @param id its token id
 * @param content its text, not empty
 * @param special whether it is a control token, which only counts where special tokens are parsed
 * @param singleWord whether letters, digits and underscores beside it make it plain text
 * @param stripLeft whether it swallows white space before it
 * @param stripRight whether it swallows white space after it
 */
public record AddedToken(
    int id,
    String content,
    boolean special,
    boolean singleWord,
    boolean stripLeft,
    boolean stripRight) {
  /**
   * A token without conditions.
   *
   * @param id its token id
   * @param content its text, not empty
   * @param special whether it is a control token
   * @return the token
   */
  public static AddedToken plain(int id, String content, boolean special) {
    return new AddedToken(id, content, special, false, false, false);
  }
}
