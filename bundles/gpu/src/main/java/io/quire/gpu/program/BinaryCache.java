package io.quire.gpu.program;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Compiled programs on disk, a file each: the SHA-256 of the binary, then the binary. A file that
 * cannot be read or does not match its sum is as good as none. Several processes may share the
 * folder, since files appear whole.
 */
public final class BinaryCache {
  private static final Logger LOG = System.getLogger(BinaryCache.class.getName());
  private static final String SUFFIX = ".bin";
  private static final int SUM = 32;
  private static final long MAX_BYTES = 256L << 20;

  /** Files kept; of more, the quarter that was used longest ago goes. */
  private static final int MAX_FILES = 4096;

  private final Optional<Path> folder;

  /**
   * Opens a cache; the folder is made when something is stored.
   *
   * @param folder where; empty keeps nothing
   */
  public BinaryCache(Optional<Path> folder) {
    this.folder = folder;
  }

  /**
   * Reads a binary.
   *
   * @param key which
   * @return the binary, or empty if there is none that is whole
   */
  public Optional<byte[]> load(ProgramKey key) {
    if (folder.isEmpty()) {
      return Optional.empty();
    }
    Path file = file(folder.get(), key);
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      long size = Files.size(file);
      if (size > SUM && size <= MAX_BYTES) {
        byte[] content = Files.readAllBytes(file);
        byte[] binary = Arrays.copyOfRange(content, SUM, content.length);
        if (MessageDigest.isEqual(sum(binary), Arrays.copyOf(content, SUM))) {
          touch(file);
          return Optional.of(binary);
        }
      }
      LOG.log(Level.WARNING, "compiled kernel {0} is damaged: it is compiled again", file);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "compiled kernel {0} cannot be read ({1})", file, e);
    }
    remove(key);
    return Optional.empty();
  }

  /**
   * Stores a binary. Whether this succeeds matters to nobody but the next start.
   *
   * @param key which
   * @param binary what a driver returned
   */
  public void store(ProgramKey key, byte[] binary) {
    if (folder.isEmpty() || binary.length == 0 || binary.length > MAX_BYTES - SUM) {
      return;
    }
    try {
      Files.createDirectories(folder.get());
      prune(folder.get());
      Path part = Files.createTempFile(folder.get(), "new", ".part");
      byte[] content = Arrays.copyOf(sum(binary), SUM + binary.length);
      System.arraycopy(binary, 0, content, SUM, binary.length);
      try {
        Files.write(part, content);
        move(part, file(folder.get(), key));
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "a compiled kernel cannot be kept in {0} ({1})", folder.get(), e);
    }
  }

  /**
   * Forgets a binary, because its driver refuses it.
   *
   * @param key which
   */
  public void remove(ProgramKey key) {
    try {
      if (folder.isPresent()) {
        Files.deleteIfExists(file(folder.get(), key));
      }
    } catch (IOException e) {
      LOG.log(Level.WARNING, "a useless compiled kernel stays in {0} ({1})", folder.get(), e);
    }
  }

  private static Path file(Path folder, ProgramKey key) {
    return folder.resolve(key.hex() + SUFFIX);
  }

  private static byte[] sum(byte[] binary) {
    return ProgramKey.sha256().digest(binary);
  }

  private static void touch(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void prune(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(f -> f.toString().endsWith(SUFFIX)).toList();
    }
    if (files.size() < MAX_FILES) {
      return;
    }
    List<Path> oldest =
        files.stream()
            .sorted(Comparator.comparingLong(f -> f.toFile().lastModified()))
            .limit(MAX_FILES / 4)
            .toList();
    for (Path file : oldest) {
      Files.deleteIfExists(file);
    }
  }
}
