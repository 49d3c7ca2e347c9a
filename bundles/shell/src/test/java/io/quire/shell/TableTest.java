package io.quire.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.Histogram;
import java.util.List;
import org.apache.felix.service.command.Converter;
import org.junit.jupiter.api.Test;

class TableTest {
  private record Row(String name, int number) {}

  private static Table<Row> table(Row... rows) {
    return Table.of(
        "no rows",
        List.of(rows),
        Table.Column.text("NAME", Row::name),
        Table.Column.number("NUMBER", Row::number));
  }

  @Test
  void shouldAlignTextLeftAndNumbersRight() {
    assertEquals(
        "NAME      NUMBER\na              7\nlonger  12345678",
        table(new Row("a", 7), new Row("longer", 12345678)).format());
  }

  @Test
  void shouldBeAListForScripts() {
    Table<Row> table = table(new Row("a", 7), new Row("b", 8));
    assertEquals(2, table.size());
    assertEquals(8, table.get(1).number());
  }

  @Test
  void shouldSaySoIfThereIsNothing() {
    assertEquals("no rows", table().format());
  }

  @Test
  void shouldKeepControlCharactersFromTheTerminal() {
    String text = table(new Row("a\u001b[31m\nb", 1)).format();
    assertTrue(text.contains("a?[31m?b"), text);
    assertEquals("a\n\tb?c", Units.printable("a\n\tb\rc", true));
  }

  @Test
  void shouldConvertTablesAndLeaveTheRestToOthers() {
    TableConverter converter = new TableConverter();
    assertEquals("no rows", converter.format(table(), Converter.INSPECT, converter));
    assertNull(converter.format(List.of(1), Converter.INSPECT, converter));
    assertNull(converter.convert(String.class, table()));
  }

  @Test
  void shouldShowUnits() {
    assertEquals("1023 B", Units.bytes(1023));
    assertEquals("1.0 KiB", Units.bytes(1024));
    assertEquals("93.8 MiB", Units.bytes(98_362_432));
    assertEquals("8192.0 PiB", Units.bytes(Long.MAX_VALUE));
    assertEquals("1.5 ms", Units.seconds(0.0015));
    assertEquals("90.0 s", Units.seconds(90));
    assertEquals("-", Units.seconds(Double.NaN));
    assertEquals("25.0 %", Units.percent(0.25));
  }

  @Test
  void shouldInterpolateQuantiles() {
    Latency latency = Latency.of(new Histogram(List.of(1.0, 2.0), List.of(50L, 40L, 10L), 120));
    assertEquals(100, latency.count());
    assertEquals(1.2, latency.mean(), 1e-9);
    assertEquals(1.0, latency.median(), 1e-9);
    assertEquals(2.0, latency.p99(), 1e-9, "beyond the last bound: at least that");
    Latency none = Latency.of(new Histogram(List.of(1.0), List.of(0L, 0L), 0));
    assertTrue(Double.isNaN(none.mean()) && Double.isNaN(none.p99()));
    assertEquals("-", none.toString());
  }
}
