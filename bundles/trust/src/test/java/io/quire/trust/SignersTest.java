package io.quire.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.SigningTools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignersTest {
  @TempDir Path folder;

  @Test
  void shouldReadPemAndTrustStores() throws Exception {
    SigningTools tools = new SigningTools(folder);
    tools.key("alice");
    tools.key("bob", "-keyalg", "RSA");
    assertEquals(2, Signers.read(tools.pem("alice", "bob")).certificates().size());
    for (String type : new String[] {"jks", "pkcs12"}) {
      Signers signers = Signers.read(tools.store(type, "alice"));
      assertEquals(Signers.read(tools.pem("alice")), signers);
      String name = Signers.name(signers.certificates().iterator().next());
      assertTrue(name.matches("CN=alice \\(sha256 [0-9a-f]{16}\\)"), name);
    }
  }

  @Test
  void shouldSayWhatToDoIfThereIsNoCertificate() throws IOException {
    Path file = Files.writeString(folder.resolve("signers"), "nothing");
    String message = assertThrows(IOException.class, () -> Signers.read(file)).getMessage();
    assertTrue(message.contains("signers (7 bytes) holds no certificate"), message);
    assertTrue(message.contains("keytool -exportcert -rfc"), message);
    assertThrows(IOException.class, () -> Signers.read(folder.resolve("absent")));
  }
}
