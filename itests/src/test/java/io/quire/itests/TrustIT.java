package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.SigningTools;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that takes signed bundles alone goes on serving, whatever is dropped. */
class TrustIT {
  private static final Map<String, String> ENTRIES = Map.of("a/A.class", "one");

  @TempDir Path folder;

  @Test
  @Timeout(120)
  void shouldTakeASignedBundleAndRefuseOthersWhileItServes() throws Exception {
    SigningTools tools = new SigningTools(folder);
    tools.key("alice");
    Path deploy = Files.createDirectory(folder.resolve("deploy"));
    try (Server server =
        Server.start(
            "random:llama-tiny",
            "--device",
            "(driver=cpu)",
            "--deploy",
            deploy.toString(),
            "--deploy-signers",
            tools.pem("alice").toString())) {
      drop(deploy, tools.bundle("unsigned", ENTRIES));
      server.await("unsigned.jar is refused: 1 of 2 entries are not signed: a/A.class", 0);
      Path tampered = tools.sign(tools.bundle("tampered", ENTRIES), "alice");
      drop(deploy, tools.put(tampered, "a/A.class", "evil"));
      server.await("tampered.jar is refused: it has been changed since it was signed", 0);
      Path byHand = tools.bundle("hand", ENTRIES);
      String id = shell(server, "install " + byHand.toUri()).replaceAll("\\D+", "");
      shell(server, "felix:resolve " + id);
      server.await("bundle hand (", 0);
      drop(deploy, tools.sign(tools.bundle("signed", ENTRIES), "alice"));
      String listing;
      do {
        listing = shell(server, "felix:lb -s");
        // It is installed first and started behind that.
      } while (!line(listing, "signed").contains("Active"));
      assertTrue(line(listing, "hand").contains("Installed"), listing);
      assertFalse(listing.contains("tampered"), listing);
      String body = "{\"model\": \"llama-tiny\", \"prompt\": [1, 2, 3], \"max_tokens\": 4}";
      assertEquals(200, server.post("/v1/completions", body).statusCode());
    }
  }

  private static String line(String listing, String name) {
    return listing.lines().filter(line -> line.contains(name)).findFirst().orElse("");
  }

  private String shell(Server server, String command) throws Exception {
    return Server.run(
        folder,
        List.of(Server.script(), "shell", "--port", String.valueOf(server.port()), "-c", command));
  }

  /** A file that is being written is left alone, so it appears at once. */
  private static void drop(Path deploy, Path jar) throws Exception {
    Files.move(jar, deploy.resolve(jar.getFileName()), StandardCopyOption.ATOMIC_MOVE);
  }
}
