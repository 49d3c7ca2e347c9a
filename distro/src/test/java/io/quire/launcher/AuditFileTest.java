package io.quire.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditFileTest {
  @TempDir Path folder;

  @Test
  void shouldAppendLinesToAFileOfTheUserAlone() throws IOException {
    Logger logger = Logger.getLogger("quire.audit");
    logger.setLevel(Level.INFO);
    logger.setUseParentHandlers(false);
    Path log = folder.resolve("100%home/log");
    for (String line : List.of("event=arrived", "event=left")) {
      try (AuditFile _ = AuditFile.in(log)) {
        logger.info(line);
      }
    }
    List<String> lines = Files.readAllLines(log.resolve("audit.log"));
    assertEquals(2, lines.size());
    assertTrue(lines.get(1).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z event=left"), lines.get(1));
    assertEquals(0600, (Integer) Files.getAttribute(log.resolve("audit.log"), "unix:mode") & 07777);
    assertEquals(0700, (Integer) Files.getAttribute(log, "unix:mode") & 07777);
  }
}
