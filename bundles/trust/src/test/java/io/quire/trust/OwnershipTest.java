package io.quire.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnershipTest {
  @TempDir Path root;
  private Path above;
  private Path folder;
  private Ownership ownership;

  @BeforeEach
  void make() throws IOException {
    above = Files.createDirectory(root.resolve("above"));
    folder = Files.createDirectory(above.resolve("deploy"));
    mode(above, 0755);
    mode(folder, 0700);
    ownership = Ownership.ofThisProcess();
  }

  @Test
  void shouldTakeAFolderOfTheUserAlone() throws IOException {
    assertEquals(Optional.empty(), ownership.fault(folder));
    mode(folder, 0755);
    assertEquals(Optional.empty(), ownership.fault(folder));
  }

  @Test
  void shouldRefuseAFolderThatTheGroupMayWrite() throws IOException {
    mode(folder, 0775);
    String fault = ownership.fault(folder).orElseThrow();
    assertTrue(fault.contains(folder.toRealPath() + " has mode 0775"), fault);
    assertTrue(fault.contains("its group may write it and could change what runs here"), fault);
    assertTrue(fault.endsWith("chmod go-w '" + folder.toRealPath() + "'"), fault);
  }

  @Test
  void shouldRefuseAFolderThatEverybodyMayWriteEvenIfSticky() throws IOException {
    mode(folder, 01777);
    String fault = ownership.fault(folder).orElseThrow();
    assertTrue(fault.contains("has mode 1777") && fault.contains("everybody may write it"), fault);
  }

  @Test
  void shouldRefuseAFolderThatCouldBeSwapped() throws IOException {
    mode(above, 0777);
    String fault = ownership.fault(folder).orElseThrow();
    assertTrue(fault.startsWith(above.toRealPath() + " has mode 0777"), fault);
    assertTrue(fault.contains("could put another deploy in place"), fault);
    mode(above, 01777);
    assertEquals(Optional.empty(), ownership.fault(folder));
  }

  @Test
  void shouldRefuseWhatBelongsToSomebodyElse() throws IOException {
    int user = (Integer) Files.getAttribute(folder, "unix:uid");
    String fault = new Ownership(user + 1).fault(folder).orElseThrow();
    assertTrue(fault.contains("not this process's user (uid " + (user + 1) + ")"), fault);
    assertTrue(fault.contains("chown " + (user + 1)), fault);
  }

  @Test
  void shouldLookBehindLinks() throws IOException {
    Path file = Files.writeString(above.resolve("a.qk"), "text");
    Path link = Files.createSymbolicLink(folder.resolve("b.qk"), file);
    mode(file, 0644);
    assertFalse(ownership.fault(link).isPresent());
    mode(file, 0666);
    assertTrue(ownership.fault(link).orElseThrow().contains("a.qk has mode 0666"));
  }

  private static void mode(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
    assertEquals(
        mode & 0777, (Integer) Files.getAttribute(path, "unix:mode") & 0777, "set by the test");
  }
}
