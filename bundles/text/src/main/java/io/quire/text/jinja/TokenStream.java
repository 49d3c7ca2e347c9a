package io.quire.text.jinja;

import io.quire.api.text.ChatTemplateException;
import java.util.List;

/** Tokens with one of them current, and the parser's nesting depth. */
final class TokenStream {
  private final List<Token> tokens;
  private int at;
  private int depth;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  Token look() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  /** Takes the current token; the last one, the end, stays. */
  Token next() {
    Token token = current();
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next();
    }
    return found;
  }

  boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  Token expect(Token.Kind kind) {
    if (!current().is(kind)) {
      throw unexpected(kind.shown);
    }
    return next();
  }

  Token expectOperator(String operator) {
    if (!current().isOperator(operator)) {
      throw unexpected(PythonText.quote(operator));
    }
    return next();
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected(PythonText.quote(name));
    }
  }

  ChatTemplateException unexpected(String wanted) {
    return current().pos().error("expected " + wanted + ", found " + current().describe());
  }

  /** Goes one level deeper; every call is paired with {@link #leave}. */
  void enter() {
    if (++depth > Limits.NESTING) {
      throw current()
          .pos()
          .error("nested deeper than " + Limits.NESTING + " levels; the template was not compiled");
    }
  }

  void leave() {
    depth--;
  }
}
