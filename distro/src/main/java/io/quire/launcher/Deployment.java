package io.quire.launcher;

import io.quire.trust.Ownership;
import io.quire.trust.Signers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * The watched folder and the signers whom it takes files from, both checked: what lies there runs
 * with all rights of this process, so nobody else may be able to write them.
 *
 * @param folder from {@code --deploy}, its links followed
 * @param signers from {@code --deploy-signers}, its links followed
 */
record Deployment(Optional<Path> folder, Optional<Path> signers) {
  private static final Set<PosixFilePermission> OWNER_ALONE =
      PosixFilePermissions.fromString("rwx------");

  /**
   * {@return what the options name}
   *
   * @throws UsageException if others may write there, or no certificate can be read
   * @throws IOException if the folder cannot be made or looked at
   */
  static Deployment of(ServeOptions options) throws IOException {
    return new Deployment(
        folder(options.value("deploy", "")), signers(options.value("deploy-signers", "")));
  }

  private static Optional<Path> folder(String name) throws IOException {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    Path folder = Path.of(name).toAbsolutePath();
    if (!Files.exists(folder)) {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
    }
    if (!Files.isDirectory(folder)) {
      throw new UsageException("--deploy " + name + " is not a folder");
    }
    refuseOfOthers("--deploy " + name, folder);
    return Optional.of(folder.toRealPath());
  }

  private static Optional<Path> signers(String name) throws IOException {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    Path file = Path.of(name).toAbsolutePath();
    try {
      Signers.read(file);
    } catch (IOException e) {
      throw new UsageException("--deploy-signers: " + e.getMessage());
    }
    refuseOfOthers("--deploy-signers " + name, file);
    return Optional.of(file.toRealPath());
  }

  private static void refuseOfOthers(String option, Path path) throws IOException {
    Optional<String> fault = Ownership.ofThisProcess().fault(path);
    if (fault.isPresent()) {
      throw new UsageException(option + " is not used, and nothing was started: " + fault.get());
    }
  }
}
