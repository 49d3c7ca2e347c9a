package io.quire.shell.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketFileTest {
  private Path folder;
  private Path path;

  /** Not a folder of JUnit: the path must be short. */
  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("quire-test");
    path = folder.resolve("run/s.sock");
  }

  @AfterEach
  void removeFolder() throws IOException {
    try (var all = Files.walk(folder)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void shouldLetTheOwnerAloneIn() throws IOException {
    try (SocketFile socket = SocketFile.listen(path)) {
      assertEquals(path, socket.path());
      assertEquals("rwx------", mode(path.getParent()));
      assertEquals("rw-------", mode(path));
    }
    assertFalse(Files.exists(path));
  }

  @Test
  void shouldRefuseAFolderThatOthersMayEnter() throws IOException {
    Files.createDirectory(
        path.getParent(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
    assertError("has mode rwxr-x---, so others may enter", path);
    assertFalse(Files.exists(path));
  }

  @Test
  void shouldReplaceTheSocketOfADeadServer() throws IOException {
    SocketFile.listen(path).close();
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertTrue(Files.exists(path), "a closed socket's file stays");
    try (SocketFile socket = SocketFile.listen(path);
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
        SocketChannel accepted = socket.accept()) {
      assertTrue(client.isConnected() && accepted.isConnected());
    }
  }

  @Test
  void shouldLeaveARunningServerAlone() throws IOException {
    try (SocketFile running = SocketFile.listen(path)) {
      assertError("a running server listens at " + path + " already", path);
      assertTrue(Files.exists(running.path()));
    }
  }

  @Test
  void shouldNotDeleteWhatIsNoSocket() throws IOException {
    Files.createDirectory(
        path.getParent(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.writeString(path, "precious");
    assertError("is there and no socket", path);
    assertEquals("precious", Files.readString(path));
  }

  @Test
  void shouldNotRemoveTheSocketOfItsSuccessor() throws IOException {
    SocketFile first = SocketFile.listen(path);
    Files.move(path, path.resolveSibling("old"));
    try (SocketFile second = SocketFile.listen(path)) {
      first.close();
      assertTrue(Files.exists(second.path()));
    }
  }

  @Test
  void shouldCheckTheLengthOfThePath() throws IOException {
    Path longest = withBytes(106);
    SocketFile.listen(longest).close();
    assertError("of 107 bytes; a socket's may have 106", withBytes(107));
  }

  private Path withBytes(int length) {
    int rest = length - folder.toString().length() - "/run/".length();
    return folder.resolve("run").resolve("x".repeat(rest));
  }

  private static void assertError(String message, Path path) {
    IOException e = assertThrows(IOException.class, () -> SocketFile.listen(path));
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
