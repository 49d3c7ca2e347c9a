package io.quire.tools.command;

import java.util.ArrayList;
import java.util.List;

/** Rows under a heading, in columns as wide as they need to be. */
public final class TextTable {
  private final List<List<String>> rows = new ArrayList<>();
  private final int columns;

  /**
   * Begins a table.
   *
   * @param heading the columns' names
   */
  public TextTable(String... heading) {
    columns = heading.length;
    rows.add(List.of(heading));
  }

  /**
   * Adds a row.
   *
   * @param cells as many as there are columns
   */
  public void add(Object... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(
          "a row of " + cells.length + " cells in a table of " + columns + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(String.valueOf(cell));
    }
    rows.add(row);
  }

  /** {@return the table, a line for the heading and for each row} */
  public String text() {
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }
}
