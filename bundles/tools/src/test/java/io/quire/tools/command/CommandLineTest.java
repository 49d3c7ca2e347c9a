package io.quire.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.tools.command.Command.Option;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandLineTest {
  private static final List<Option> KNOWN =
      List.of(Option.value("out", ""), Option.value("jobs", "2"), Option.flag("json"));

  @Test
  void shouldReadOptionsFlagsAndWords() {
    CommandLine line = parse("--out", "folder", "a.qk", "--json", "--jobs=4");

    assertEquals("folder", line.text("out"));
    assertEquals(4, line.integer("jobs", 1, 8));
    assertTrue(line.has("json"));
    assertEquals(List.of("a.qk"), line.words());
  }

  @Test
  void shouldTakeDefaults() {
    CommandLine line = parse();

    assertEquals(2, line.integer("jobs", 1, 8));
    assertFalse(line.has("json"));
    assertTrue(message(() -> line.required("out", "somewhere")).contains("--out somewhere"));
  }

  @Test
  void shouldSayWhatIsAllowed() {
    assertTrue(message(() -> parse("--ouch", "x")).contains("--out, --jobs, --json"));
    assertTrue(message(() -> parse("--out")).contains("needs a value"));
    assertTrue(message(() -> parse("--json=yes")).contains("takes no value"));
    assertTrue(message(() -> parse("--out", "a", "--out", "b")).contains("given twice"));
    assertTrue(message(() -> parse("--jobs", "9").integer("jobs", 1, 8)).contains("from 1 to 8"));
    assertTrue(message(() -> parse("--jobs", "x").integer("jobs", 1, 8)).contains("--jobs x"));
    assertTrue(message(() -> parse("word").noWords()).contains("word"));
  }

  @Test
  void shouldAlignColumns() {
    TextTable table = new TextTable("OP", "NAME");
    table.add("add", 1);
    table.add("softcap", "x");

    assertEquals("OP       NAME\nadd      1\nsoftcap  x\n", table.text());
    assertThrows(IllegalArgumentException.class, () -> table.add("only one"));
  }

  private static CommandLine parse(String... arguments) {
    return CommandLine.parse(KNOWN, List.of(arguments));
  }

  private static String message(Runnable wrong) {
    return assertThrows(UsageException.class, wrong::run).getMessage();
  }
}
