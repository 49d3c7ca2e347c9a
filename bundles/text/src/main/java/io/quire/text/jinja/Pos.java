package io.quire.text.jinja;

import io.quire.api.text.ChatTemplateException;

/**
 * A place in a template.
 *
 * @param line from 1
 * @param column in characters, from 1
 */
record Pos(int line, int column) {
  /** {@return an exception that names this place} */
  ChatTemplateException error(String message) {
    return new ChatTemplateException(
        "chat template, line " + line + ", column " + column + ": " + message);
  }
}
