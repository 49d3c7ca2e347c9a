package io.quire.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.ServedModel;
import io.quire.api.kernel.KernelSource;
import io.quire.testkit.SigningTools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;

/** A folder that takes signed files alone. Every test waits for lines of the audit log. */
@Timeout(30)
class SignedFilesTest {
  private static final Map<String, String> ENTRIES = Map.of("a/A.class", "one");
  private static final String KERNEL =
      "/* @op linear\n * @name mine\n * @dialect 1.0\n * @dtype bf16\n */\nKERNEL(k)() {}\n";

  @TempDir static Path keys;
  private static SigningTools tools;
  private static Path signers;

  private final Logger logger = Logger.getLogger("quire.audit");
  private final Lines lines = new Lines();
  private WatchedFolder folder;

  @BeforeAll
  static void makeKeys() throws Exception {
    tools = new SigningTools(keys);
    tools.key("alice");
    tools.key("mallory");
    signers = tools.pem("alice");
  }

  @BeforeEach
  void start(@TempDir Path root) throws Exception {
    logger.setLevel(Level.INFO);
    logger.setUseParentHandlers(false);
    logger.addHandler(lines);
    folder = new WatchedFolder(root, Map.of("quire.deploy.signers", signers.toString()));
  }

  @AfterEach
  void stop() throws Exception {
    folder.close();
    logger.removeHandler(lines);
  }

  @Test
  void shouldInstallASignedBundleAndNoOther() throws Exception {
    folder.drop("unsigned.jar", tools.bundle("unsigned", ENTRIES));
    lines.await("event=refused kind=bundle", "unsigned.jar", "1 of 2 entries are not signed");
    folder.drop("other.jar", tools.sign(tools.bundle("other", ENTRIES), "mallory"));
    lines.await("event=refused kind=bundle", "other.jar", "CN=mallory");
    Path tampered = tools.sign(tools.bundle("tampered", ENTRIES), "alice");
    folder.drop("tampered.jar", tools.put(tampered, "a/A.class", "evil"));
    lines.await("event=refused kind=bundle", "tampered.jar", "has been changed since");
    folder.drop("mine.jar", tools.sign(tools.bundle("mine", ENTRIES), "alice"));
    String line = lines.await("event=arrived kind=bundle name=mine", "signer=\"CN=alice (sha256");
    assertTrue(
        line.matches(".* version=1\\.0\\.0 origin=\\S+mine.jar sha256=[0-9a-f]{64} .*"), line);
    for (String name : new String[] {"unsigned", "other", "tampered"}) {
      assertEquals(Optional.empty(), bundle(name));
    }
    folder.take("mine.jar");
    lines.await("event=left kind=bundle name=mine");
  }

  @Test
  void shouldUninstallABundleThatIsReplacedByAnUnsignedOne() throws Exception {
    Path jar = tools.sign(tools.bundle("mine", ENTRIES), "alice");
    folder.drop("mine.jar", jar);
    lines.await("event=arrived kind=bundle name=mine");
    folder.drop("mine.jar", tools.bundle("mine", Map.of("a/B.class", "another")));
    lines.await("event=refused kind=bundle", "mine.jar");
    lines.await("event=left kind=bundle name=mine");
    folder.drop("mine.jar", tools.sign(tools.bundle("mine", Map.of("a/C.class", "x")), "alice"));
    lines.await("event=arrived kind=bundle name=mine");
  }

  @Test
  void shouldTakeABundleUnderAnotherNameForABundle() throws Exception {
    folder.drop(".hidden.qk", tools.bundle("hidden", ENTRIES));
    lines.await("event=refused kind=bundle", "hidden.qk", "are not signed");
  }

  @Test
  void shouldTakeAKernelAsSoonAsItsSignatureIsThere() throws Exception {
    Path kernel = Files.writeString(keys.resolve("mine.qk"), KERNEL);
    folder.drop("mine.qk", kernel);
    lines.await("event=refused kind=kernel", "no signature mine.qk.sig beside it");
    folder.drop("mine.qk.sig", tools.signFile(kernel, "mallory"));
    lines.await("event=refused kind=kernel", "is not a signature of this content");
    folder.drop("mine.qk.sig", tools.signFile(kernel, "alice"));
    lines.await("event=arrived kind=kernel name=mine", "signer=\"CN=alice");
    assertEquals(1, folder.context().getServiceReferences(KernelSource.class, null).size());
    folder.drop("mine.qk", KERNEL + "// changed");
    lines.await("event=left kind=kernel name=mine");
  }

  @Test
  void shouldServeASignedModelAlone() throws Exception {
    Path model = Files.writeString(keys.resolve("small.gguf"), "GGUF");
    folder.drop("small.gguf", model);
    lines.await("event=refused kind=model", "no signature small.gguf.sig");
    folder.drop("small.gguf.sig", tools.signFile(model, "alice"));
    lines.await("event=arrived kind=model name=small", "signer=\"CN=alice", "sha256=");
    lines.await("event=arrived kind=configuration", "io.quire.model~small", "keys=", "location");
    assertEquals(1, folder.context().getServiceReferences(ServedModel.class, null).size());
    folder.take("small.gguf");
    lines.await("event=left kind=model name=small");
    lines.await("event=left kind=configuration", "io.quire.model~small");
  }

  @Test
  void shouldRefuseAFileThatOthersMayWrite() throws Exception {
    Path jar = tools.sign(tools.bundle("mine", ENTRIES), "alice");
    Files.setAttribute(jar, "unix:mode", 0666);
    Files.copy(jar, folder.file("mine.jar"), StandardCopyOption.COPY_ATTRIBUTES);
    lines.await("event=refused kind=bundle", "mine.jar has mode 0666");
    Files.delete(jar);
  }

  private Optional<Bundle> bundle(String name) {
    return Arrays.stream(folder.context().getBundles())
        .filter(bundle -> bundle.getSymbolicName().equals(name))
        .findFirst();
  }

  /** What the audit log says. */
  private static final class Lines extends Handler {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @Override
    public void publish(LogRecord line) {
      lines.add(line.getMessage());
    }

    /** Passes over lines until one begins with the first text and holds the others. */
    String await(String begin, String... texts) throws InterruptedException {
      while (true) {
        String line = lines.take();
        if (line.startsWith(begin) && Arrays.stream(texts).allMatch(line::contains)) {
          return line;
        }
      }
    }

    @Override
    public void flush() {
      // nothing is kept back
    }

    @Override
    public void close() {
      // nothing to close
    }
  }
}
