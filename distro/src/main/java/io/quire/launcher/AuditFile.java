package io.quire.launcher;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * {@code $QUIRE_HOME/log/audit.log}, to which the logger {@code quire.audit} is appended: one line
 * a record, after its time. Of several servers with one home the second writes {@code audit.log.1}.
 * The file is the owner's alone.
 */
final class AuditFile implements AutoCloseable {
  private final Logger logger = Logger.getLogger("quire.audit");
  private final FileHandler handler;

  private AuditFile(FileHandler handler) {
    this.handler = handler;
    handler.setFormatter(new Line());
    logger.addHandler(handler);
  }

  /**
   * Opens the file. The other handlers are made here too: later on the error stream may be that of
   * a shell's session, and what is refused there must be in this process's log.
   */
  static AuditFile in(Path folder) throws IOException {
    Logger.getLogger("").getHandlers();
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    Path file = folder.resolve("audit.log");
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException expected) {
      // it is appended to
    }
    return new AuditFile(new FileHandler(file.toString().replace("%", "%%"), true));
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
    handler.close();
  }

  /** Time in UTC, then the message. */
  private static final class Line extends Formatter {
    @Override
    public String format(LogRecord line) {
      return line.getInstant() + " " + formatMessage(line) + System.lineSeparator();
    }
  }
}
