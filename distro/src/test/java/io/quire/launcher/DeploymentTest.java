package io.quire.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeploymentTest {
  @TempDir Path folder;

  @Test
  void shouldBeOffUnlessNamed() throws IOException {
    assertEquals(
        new Deployment(Optional.empty(), Optional.empty()),
        Deployment.of(ServeOptions.parse(List.of())));
  }

  @Test
  void shouldMakeAFolderOfTheUserAlone() throws IOException {
    Path deploy = folder.resolve("deploy");
    Deployment deployment = Deployment.of(options("--deploy", deploy));
    assertEquals(Optional.of(deploy.toRealPath()), deployment.folder());
    assertEquals(0700, (Integer) Files.getAttribute(deploy, "unix:mode") & 07777);
  }

  @Test
  void shouldRefuseAFolderThatOthersMayWrite() throws IOException {
    Path deploy = Files.createDirectory(folder.resolve("deploy"));
    Files.setAttribute(deploy, "unix:mode", 0777);
    String message = refused(options("--deploy", deploy));
    assertTrue(message.contains("is not used, and nothing was started"), message);
    assertTrue(message.contains("has mode 0777"), message);
    assertTrue(message.contains("Mend it: chmod go-w"), message);
    Files.setAttribute(deploy, "unix:mode", 0755);
    Files.setAttribute(folder, "unix:mode", 0777);
    assertTrue(refused(options("--deploy", deploy)).contains("could put another deploy in place"));
  }

  @Test
  void shouldFollowALinkOnce() throws IOException {
    Path deploy = Files.createDirectory(folder.resolve("deploy"));
    Files.setAttribute(deploy, "unix:mode", 0700);
    Path link = Files.createSymbolicLink(folder.resolve("link"), deploy);
    assertEquals(
        Optional.of(deploy.toRealPath()), Deployment.of(options("--deploy", link)).folder());
  }

  @Test
  void shouldRefuseSignersThatAreNone() throws IOException {
    Path file = Files.writeString(folder.resolve("signers.pem"), "nobody");
    String message = refused(options("--deploy-signers", file));
    assertTrue(message.contains("holds no certificate of a signer"), message);
    assertTrue(
        refused(options("--deploy-signers", folder.resolve("absent"))).contains("cannot be read"));
  }

  private static ServeOptions options(String option, Path path) {
    return ServeOptions.parse(List.of(option, path.toString()));
  }

  private static String refused(ServeOptions options) {
    return assertThrows(UsageException.class, () -> Deployment.of(options)).getMessage();
  }
}
