package io.quire.trust.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.testkit.SigningTools;
import io.quire.trust.Ownership;
import io.quire.trust.Signers;
import io.quire.trust.Trust;
import io.quire.trust.Trust.Kind;
import io.quire.trust.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckedArrivalsTest {
  @TempDir Path folder;

  @Test
  void shouldAskOnlyForTheOwnerWithoutSigners() throws Exception {
    Trust trust = new CheckedArrivals(Ownership.ofThisProcess(), Optional.empty());
    Path file = Files.writeString(folder.resolve("a.qk"), "a kernel");
    Verdict.Accepted accepted =
        assertInstanceOf(Verdict.Accepted.class, trust.arrived(Kind.KERNEL, file, file));
    assertEquals(Optional.of(Digests.sha256(file)), accepted.sha256());
    assertEquals(Optional.of(accepted), trust.known(file.toString()));
    Files.setAttribute(file, "unix:mode", 0666);
    Verdict.Refused refused =
        assertInstanceOf(Verdict.Refused.class, trust.arrived(Kind.KERNEL, file, file));
    assertTrue(refused.reason().contains("a.qk has mode 0666"), refused.reason());
    assertEquals(Optional.empty(), trust.known(file.toString()));
  }

  @Test
  void shouldAskForSignaturesOfAllKinds() throws Exception {
    SigningTools tools = new SigningTools(folder);
    tools.key("alice");
    Trust trust =
        new CheckedArrivals(
            Ownership.ofThisProcess(), Optional.of(Signers.read(tools.pem("alice"))));
    Path jar = tools.bundle("mine", Map.of("a", "b"));
    Path model = Files.writeString(folder.resolve("a.gguf"), "weights");
    assertInstanceOf(Verdict.Refused.class, trust.arrived(Kind.BUNDLE, jar, jar));
    assertInstanceOf(Verdict.Refused.class, trust.installed("mine", jar));
    assertInstanceOf(Verdict.Refused.class, trust.arrived(Kind.MODEL, model, model));
    tools.sign(jar, "alice");
    tools.signFile(model, "alice");
    assertInstanceOf(Verdict.Accepted.class, trust.arrived(Kind.BUNDLE, jar, jar));
    assertInstanceOf(Verdict.Accepted.class, trust.installed("mine", jar));
    assertInstanceOf(Verdict.Accepted.class, trust.arrived(Kind.MODEL, model, model));
    Path copy = Files.writeString(folder.resolve("copy"), "other bytes than those that are used");
    assertInstanceOf(Verdict.Refused.class, trust.arrived(Kind.MODEL, model, copy));
  }

  @Test
  void shouldRefuseEverythingIfNoCertificateCouldBeRead() throws Exception {
    Trust trust =
        new CheckedArrivals(Ownership.ofThisProcess(), Optional.of(new Signers(Set.of())));
    SigningTools tools = new SigningTools(folder);
    tools.key("alice");
    Path jar = tools.sign(tools.bundle("mine", Map.of("a", "b")), "alice");
    assertInstanceOf(Verdict.Refused.class, trust.arrived(Kind.BUNDLE, jar, jar));
    Path model = Files.writeString(folder.resolve("a.gguf"), "weights");
    tools.signFile(model, "alice");
    assertInstanceOf(Verdict.Refused.class, trust.arrived(Kind.MODEL, model, model));
  }
}
