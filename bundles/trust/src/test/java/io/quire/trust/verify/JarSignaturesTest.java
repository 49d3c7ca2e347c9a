package io.quire.trust.verify;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.SigningTools;
import io.quire.trust.Signers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JarSignaturesTest {
  private static final Map<String, String> ENTRIES =
      Map.of("a/A.class", "one", "b/B.class", "two", "META-INF/services/x", "a.A");

  @TempDir static Path folder;
  private static SigningTools tools;
  private Path jar;

  @BeforeAll
  static void makeKeys() throws Exception {
    tools = new SigningTools(folder);
    tools.key("alice");
    tools.key("mallory");
    tools.key("old", "-startdate", "-10d", "-validity", "5");
    tools.key("authority", "-ext", "bc:c");
  }

  @BeforeEach
  void make() throws Exception {
    jar = tools.bundle("mine", ENTRIES);
  }

  @Test
  void shouldNameWhoSignedEveryEntry() throws Exception {
    tools.sign(jar, "alice");
    String signer = signatures("alice").signer(jar);
    assertTrue(signer.startsWith("CN=alice (sha256 "), signer);
  }

  @Test
  void shouldRefuseAJarThatNobodySigned() {
    refused("3 of 4 entries are not signed: META-INF/services/x, a/A.class, b/B.class", "alice");
  }

  @Test
  void shouldRefuseAJarWithoutEntriesThatCouldBeSigned() throws Exception {
    jar = tools.bundle("empty", Map.of());
    refused("none of its 1 entries is signed", "alice");
  }

  @Test
  void shouldRefuseAChangedEntry() throws Exception {
    tools.sign(jar, "alice");
    tools.put(jar, "a/A.class", "evil");
    refused("it has been changed since it was signed", "alice");
  }

  @Test
  void shouldRefuseAnAddedEntryWhereverItLies() throws Exception {
    tools.sign(jar, "alice");
    tools.put(jar, "c/C.class", "evil");
    refused("1 of 7 entries are not signed: c/C.class", "alice");
    jar = tools.sign(tools.bundle("versions", ENTRIES), "alice");
    tools.put(jar, "META-INF/versions/9/a/A.class", "evil");
    refused("are not signed: META-INF/versions/9/a/A.class", "alice");
  }

  @Test
  void shouldRefuseAChangedManifest() throws Exception {
    tools.sign(jar, "alice");
    rewrite("META-INF/MANIFEST.MF", "Bundle-Version: 1.0.0", "Bundle-Version: 9.0.0");
    refused("it has been changed since it was signed", "alice");
  }

  @Test
  void shouldRefuseAJarWithAnEntryTakenOut() throws Exception {
    tools.sign(jar, "alice");
    rewrite("b/B.class", "", "");
    refused("1 entries that were signed are missing: b/B.class", "alice");
  }

  @Test
  void shouldRefuseAnotherSigner() throws Exception {
    tools.sign(jar, "mallory");
    refused(
        "is none of the 1 signers, nor certified by one (none of them is an authority)", "alice");
  }

  @Test
  void shouldTakeAJarThatASignerSignedBesideOthers() throws Exception {
    tools.sign(tools.sign(jar, "mallory"), "alice");
    assertTrue(signatures("alice").signer(jar).startsWith("CN=alice"));
  }

  @Test
  void shouldRefuseAnExpiredSigner() throws Exception {
    tools.sign(jar, "old");
    refused("the certificate of CN=old", "old");
  }

  @Test
  void shouldTakeWhomAnAuthorityCertifies() throws Exception {
    tools.key("carol");
    tools.certify("carol", "authority", "-ext", "eku=codeSigning");
    tools.sign(jar, "carol");
    assertTrue(signatures("authority").signer(jar).startsWith("CN=carol"));
    refused("CN=carol", "alice");
  }

  @Test
  void shouldRefuseACertificateForOtherUses() throws Exception {
    tools.key("server");
    tools.certify("server", "authority", "-ext", "eku=serverAuth");
    tools.sign(jar, "server");
    refused("its certificate is for other uses", "authority");
  }

  @Test
  void shouldRefuseWhomASignerCertifiesWhoIsNoAuthority() throws Exception {
    tools.key("minor");
    tools.certify("minor", "alice");
    tools.sign(jar, "minor");
    refused("is none of the 1 signers, nor certified by one", "alice");
  }

  private JarSignatures signatures(String signer) throws Exception {
    return new JarSignatures(Signers.read(tools.pem(signer)));
  }

  private void refused(String reason, String signer) {
    String message =
        assertThrows(SignatureFault.class, () -> signatures(signer).signer(jar)).getMessage();
    assertTrue(message.contains(reason), message);
  }

  /** Changes the text of one entry, or leaves it out if there is nothing to be replaced. */
  private void rewrite(String name, String from, String to) throws IOException {
    Path changed = folder.resolve("changed.jar");
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar));
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(changed))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        byte[] content = in.readAllBytes();
        if (entry.getName().equals(name)) {
          if (from.isEmpty()) {
            continue;
          }
          content =
              new String(content, StandardCharsets.UTF_8)
                  .replace(from, to)
                  .getBytes(StandardCharsets.UTF_8);
        }
        out.putNextEntry(new ZipEntry(entry.getName()));
        out.write(content);
      }
    }
    jar = changed;
  }
}
