package io.quire.shell;

import java.util.AbstractList;
import java.util.List;
import java.util.function.Function;

/**
 * The result of a command: a list of records for scripts, a table for people.
 *
 * @param <R> a row
 */
public final class Table<R extends Record> extends AbstractList<R> {
  private final List<R> rows;
  private final List<Column<R>> columns;
  private final String empty;

  private Table(List<R> rows, List<Column<R>> columns, String empty) {
    this.rows = List.copyOf(rows);
    this.columns = columns;
    this.empty = empty;
  }

  /** How a row's value is shown. */
  record Column<R>(String title, boolean right, Function<R, Object> value) {
    static <R> Column<R> text(String title, Function<R, Object> value) {
      return new Column<>(title, false, value);
    }

    static <R> Column<R> number(String title, Function<R, Object> value) {
      return new Column<>(title, true, value);
    }

    String of(R row) {
      return Units.printable(String.valueOf(value.apply(row)), false);
    }
  }

  /** {@return a table; {@code empty} is shown where there is no row} */
  @SafeVarargs
  @SuppressWarnings("varargs") // List.of copies them and is safe itself
  static <R extends Record> Table<R> of(String empty, List<R> rows, Column<R>... columns) {
    return new Table<>(rows, List.of(columns), empty);
  }

  @Override
  public R get(int index) {
    return rows.get(index);
  }

  @Override
  public int size() {
    return rows.size();
  }

  /** {@return the table as lines, without a line end after the last} */
  public String format() {
    if (rows.isEmpty()) {
      return empty;
    }
    int[] widths = columns.stream().mapToInt(this::width).toArray();
    StringBuilder out = new StringBuilder();
    line(out, widths, Column::title);
    for (R row : rows) {
      out.append('\n');
      line(out, widths, column -> column.of(row));
    }
    return out.toString();
  }

  private int width(Column<R> column) {
    return rows.stream()
        .mapToInt(row -> column.of(row).length())
        .reduce(column.title().length(), Math::max);
  }

  private void line(StringBuilder out, int[] widths, Function<Column<R>, String> cell) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String text = cell.apply(columns.get(i));
      String padding = " ".repeat(widths[i] - text.length());
      line.append(columns.get(i).right() ? padding + text : text + padding).append("  ");
    }
    out.append(line.toString().stripTrailing());
  }
}
