package io.quire.tools.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistributionTest {
  private static final String ADD =
      """
      /* @op add
       * @name NAME
       * @dialect 1.0
       * @dtype bf16
       * @ranking RANK
       * @define WG_SIZE 1
       * @launch add(out, a, b) groups rows size 1
       */
      """;

  @TempDir Path folder;

  private static String add(String name, int ranking) {
    return ADD.replace("NAME", name).replace("RANK", String.valueOf(ranking));
  }

  @Test
  void shouldFindKernelsAndPartsOfTheDialectInBundles() throws IOException {
    jar(
        "kernels.jar",
        "kernels/*.qk, special/one.qk",
        Map.of(
            "kernels/a.qk", add("plain", 0),
            "kernels/deeper/b.qk", add("hidden", 0),
            "special/one.qk", add("special", 7),
            "special/two.qk", add("other", 0),
            "kernels/broken.qk", "no header"));
    jar("dialect.jar", "", Map.of("prelude/opencl.h", "P", "common/w.h", "W", "common/x.txt", "X"));

    Distribution found = Distribution.read(List.of(folder, folder.resolve("missing")));

    assertEquals(
        List.of("add/special", "add/plain"),
        found.kernels().stream().map(TextSource::fullName).toList());
    assertEquals("io.test/special/one.qk", found.kernels().getFirst().origin());
    assertEquals(1, found.broken().size());
    assertTrue(found.broken().getFirst().startsWith("io.test/kernels/broken.qk"));
    assertEquals(Map.of("opencl.h", "P"), found.dialect().preludes());
    assertEquals(Map.of("w.h", "W"), found.dialect().common());
  }

  @Test
  void shouldSelectByOperationFamilyAndName() throws IOException {
    jar("kernels.jar", "kernels", Map.of("kernels/a.qk", add("plain", 0)));
    Distribution found = Distribution.read(List.of(folder));

    assertEquals(1, found.select("add", "").size());
    assertEquals(1, found.select("", "plain").size());
    assertEquals(0, found.select("ad", "").size());
    assertEquals(0, found.select("add", "fast").size());
  }

  @Test
  void shouldNameTheFileThatIsNoKernel() throws IOException {
    Path text = Files.writeString(folder.resolve("bad.qk"), "/* @op Add */");

    String message = assertThrows(IOException.class, () -> TextSource.read(text)).getMessage();
    assertTrue(message.contains("bad.qk"), message);
    Path bytes = Files.write(folder.resolve("latin.qk"), new byte[] {'/', '*', (byte) 0xe9});
    assertTrue(
        assertThrows(IOException.class, () -> TextSource.read(bytes))
            .getMessage()
            .contains("UTF-8"));
    assertThrows(IOException.class, () -> TextSource.read(folder.resolve("missing.qk")));
  }

  @Test
  void shouldTellTextsApartByTheirHash() throws IOException {
    Path one = Files.writeString(folder.resolve("one.qk"), add("one", 0));
    Path two = Files.writeString(folder.resolve("two.qk"), add("two", 0));

    assertEquals(16, TextSource.read(one).hash().length());
    assertEquals(TextSource.read(one).hash(), TextSource.read(one).hash());
    assertFalse(TextSource.read(one).hash().equals(TextSource.read(two).hash()));
  }

  @Test
  void shouldPutTextsTogetherInOrder() {
    DialectTexts texts =
        new DialectTexts(
            Map.of("xe.h", "X1\n#include \"opencl.h\" // scalar\nX2", "opencl.h", "O"),
            Map.of("b.h", "B", "a.h", "A"));

    assertEquals(
        """
        #define K 2
        #define WG_SIZE 64
        #line 1 "xe.h"
        X1
        #line 1 "opencl.h"
        O
        #line 3 "xe.h"
        X2
        #line 1 "a.h"
        A
        #line 1 "b.h"
        B
        #line 1 "k.qk"
        TEXT\
        """,
        texts.assemble("xe", Map.of("WG_SIZE", "64", "K", "2"), "k.qk", "TEXT"));
  }

  @Test
  void shouldRefuseUnknownAndCircularPreludes() {
    DialectTexts texts = new DialectTexts(Map.of("a.h", "#include \"a.h\""), Map.of());

    assertTrue(message(texts, "none").contains("none.h"));
    assertTrue(message(texts, "a").contains("includes itself"));
  }

  private static String message(DialectTexts texts, String prelude) {
    return assertThrows(
            IllegalArgumentException.class, () -> texts.assemble(prelude, Map.of(), "k.qk", "TEXT"))
        .getMessage();
  }

  private void jar(String name, String kernels, Map<String, String> entries) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Bundle-SymbolicName", "io.test");
    if (!kernels.isEmpty()) {
      manifest.getMainAttributes().putValue("Quire-Kernels", kernels);
    }
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(folder.resolve(name)), manifest)) {
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
        jar.closeEntry();
      }
    }
  }
}
