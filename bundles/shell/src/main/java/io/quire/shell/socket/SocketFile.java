package io.quire.shell.socket;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** A socket in the file system that its owner alone can open. */
final class SocketFile implements AutoCloseable {
  /** Most bytes of a path: the system has room for 108, of which the JDK leaves two free. */
  static final int PATH_BYTES = 106;

  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> SOCKET =
      PosixFilePermissions.fromString("rw-------");

  private final Path path;
  private final ServerSocketChannel server;
  private final Object key;

  private SocketFile(Path path, ServerSocketChannel server, Object key) {
    this.path = path;
    this.server = server;
    this.key = key;
  }

  /**
   * Listens at a path. Its folder is made if it is missing; a socket that a dead server left is
   * removed.
   *
   * @param wanted the path
   * @return the socket
   * @throws IOException if the path is too long, others may enter its folder, or something else is
   *     there
   */
  static SocketFile listen(Path wanted) throws IOException {
    Path path = wanted.toAbsolutePath();
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > PATH_BYTES) {
      throw new IOException(
          "the shell's socket "
              + path
              + " has a path of "
              + length
              + " bytes; a socket's may have "
              + PATH_BYTES
              + ". There is no shell access; set quire.shell.socket to a shorter path");
    }
    secureFolder(path.getParent());
    removeStale(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      // Nobody else came in before this: the folder keeps them out.
      Files.setPosixFilePermissions(path, SOCKET);
      return new SocketFile(path, server, key(path));
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static void secureFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder.getParent());
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(FOLDER));
    }
    Set<PosixFilePermission> open = EnumSet.noneOf(PosixFilePermission.class);
    open.addAll(Files.getPosixFilePermissions(folder));
    String mode = PosixFilePermissions.toString(open);
    open.removeAll(FOLDER);
    if (!open.isEmpty()) {
      throw new IOException(
          "the folder of the shell's socket, "
              + folder
              + ", has mode "
              + mode
              + ", so others may enter. There is no shell access; chmod 700 it or set"
              + " quire.shell.socket to a path in a folder of your own");
    }
  }

  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!attributes(path).isOther()) {
      throw new IOException(path + " is there and no socket; it was left alone. Move it away");
    }
    try (SocketChannel running = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException(
          "a running server listens at "
              + running.getRemoteAddress()
              + " already; set quire.shell.socket to another path");
    } catch (ConnectException e) {
      Files.delete(path); // Nobody listens: its server is dead.
    }
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static Object key(Path path) throws IOException {
    return attributes(path).fileKey();
  }

  /** {@return the next client; waits for it} */
  SocketChannel accept() throws IOException {
    return server.accept();
  }

  /** {@return where it is} */
  Path path() {
    return path;
  }

  /** Stops listening and removes the file, unless another server has replaced it. */
  @Override
  public void close() throws IOException {
    try (server) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && key(path).equals(key)) {
        Files.deleteIfExists(path);
      }
    }
  }
}
