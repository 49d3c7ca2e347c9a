package io.quire.trust.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.SigningTools;
import io.quire.trust.Signers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSignaturesTest {
  @TempDir static Path keys;
  private static SigningTools tools;
  private static Signers signers;

  @TempDir Path folder;
  private Path file;
  private Path signature;

  @BeforeAll
  static void makeKeys() throws Exception {
    tools = new SigningTools(keys);
    tools.key("alice");
    tools.key("bob", "-keyalg", "RSA", "-keysize", "2048");
    signers = Signers.read(tools.pem("alice", "bob"));
  }

  @BeforeEach
  void make() throws Exception {
    file = Files.writeString(folder.resolve("a.qk"), "a kernel");
    signature = folder.resolve("a.qk.sig");
  }

  @Test
  void shouldNameWhoSignedAFile() throws Exception {
    for (String name : new String[] {"alice", "bob"}) {
      tools.signFile(file, name);
      FileSignatures.Signed signed = new FileSignatures(signers).check(file, signature);
      assertTrue(signed.signer().startsWith("CN=" + name + " (sha256"), signed.signer());
      assertEquals(Digests.sha256(file), signed.sha256());
    }
  }

  @Test
  void shouldRefuseAFileWithoutSignature() {
    refused("it has no signature a.qk.sig beside it");
  }

  @Test
  void shouldRefuseAChangedFile() throws Exception {
    tools.signFile(file, "alice");
    Files.writeString(file, "another");
    refused("is not a signature of this content by one of the 2 signers");
  }

  @Test
  void shouldRefuseAnotherSignerAndAnyOtherBytes() throws Exception {
    tools.key("mallory");
    tools.signFile(file, "mallory");
    refused("is not a signature of this content");
    Files.writeString(signature, "nonsense");
    refused("a.qk.sig (8 bytes) is not a signature of this content");
    Files.write(signature, new byte[0]);
    refused("a.qk.sig (0 bytes) is not a signature of this content");
  }

  @Test
  void shouldRefuseAnExpiredSigner() throws Exception {
    tools.key("old", "-startdate", "-10d", "-validity", "5");
    tools.signFile(file, "old");
    Signers old = Signers.read(tools.pem("old"));
    String message =
        assertThrows(SignatureFault.class, () -> new FileSignatures(old).check(file, signature))
            .getMessage();
    assertTrue(message.startsWith("the certificate of CN=old"), message);
  }

  private void refused(String reason) {
    String message =
        assertThrows(SignatureFault.class, () -> new FileSignatures(signers).check(file, signature))
            .getMessage();
    assertTrue(message.contains(reason), message);
  }
}
