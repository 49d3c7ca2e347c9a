package io.quire.worker.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A worker's folders, which only their owner can open. They have the same name, so that either side
 * can remove both.
 *
 * @param files the socket, and the child's framework
 * @param rings files of shared memory, in memory where the system has such a place
 */
public record Folders(Path files, Path rings) {
  private static final Path MEMORY = Path.of("/dev/shm");
  private static final FileAttribute<Set<PosixFilePermission>> OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /**
   * Makes them.
   *
   * @return new, empty folders
   * @throws IOException if they cannot be made
   */
  public static Folders create() throws IOException {
    Path files = Files.createTempDirectory("quire-worker-", OWNER);
    Folders folders = of(files);
    if (!folders.rings().equals(files)) {
      Files.createDirectory(folders.rings(), OWNER);
    }
    return folders;
  }

  /**
   * Those that the other side has made.
   *
   * @param socket the control socket
   * @return its folder and the other one
   */
  public static Folders ofSocket(Path socket) {
    return of(socket.toAbsolutePath().getParent());
  }

  private static Folders of(Path files) {
    return new Folders(
        files, Files.isWritable(MEMORY) ? MEMORY.resolve(files.getFileName()) : files);
  }

  /** {@return the control socket} */
  public Path socket() {
    return files.resolve("control");
  }

  /** {@return where the child's framework keeps its files} */
  public Path framework() {
    return files.resolve("osgi");
  }

  /**
   * Removes them with all that is in them.
   *
   * @throws IOException if something cannot be removed
   */
  public void delete() throws IOException {
    delete(rings);
    delete(files);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
