package io.quire.core.kernel;

import static io.quire.core.kernel.TestFramework.bundle;
import static io.quire.core.kernel.TestFramework.kernel;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.kernel.KernelRegistry.Entry;
import io.quire.api.kernel.KernelSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;

class KernelExtenderTest {
  private TestFramework framework;

  @BeforeEach
  void start(@TempDir Path storage) throws BundleException {
    framework = new TestFramework(storage);
  }

  @AfterEach
  void stop() throws BundleException {
    framework.close();
  }

  @Test
  void shouldLeaveBundlesAloneWhereAnotherProcessBringsKernels(@TempDir Path storage)
      throws Exception {
    try (TestFramework child = new TestFramework(storage, "false")) {
      byte[] text = kernel("linear", "gemm", "");
      child
          .context()
          .installBundle("k", bundle("k", "kernels/*.qk", Map.of("kernels/gemm.qk", text)))
          .start();
      assertEquals(List.of(), child.registry().entries());
      assertEquals(List.of(), child.extender().broken());
    }
  }

  @Test
  void shouldRegisterFilesInTheNameOfTheirBundle() throws Exception {
    byte[] text = kernel("linear", "gemm", "@device (vendor=acme)\n@ranking 7\n");
    Bundle bundle = install("k", "kernels/*.qk", Map.of("kernels/gemm.qk", text));
    assertEquals(0, references().size(), "an installed bundle is not active yet");
    bundle.start();
    ServiceReference<KernelSource> reference = references().getFirst();
    assertSame(bundle, reference.getBundle());
    assertEquals("linear", reference.getProperty(KernelSource.OP));
    assertEquals("1.0", reference.getProperty(KernelSource.DIALECT));
    assertEquals("(vendor=acme)", reference.getProperty(KernelSource.REQUIRES));
    assertEquals(7, reference.getProperty(Constants.SERVICE_RANKING));
    KernelSource source = framework.context().getService(reference);
    assertEquals("k:1.2.3/kernels/gemm.qk", source.origin());
    assertArrayEquals(text, source.text().getBytes(StandardCharsets.UTF_8));
    bundle.stop();
    assertEquals(List.of(), references());
    assertEquals(List.of(), framework.registry().entries());
  }

  @Test
  void shouldTakeOnlyTheFilesThatAreNamedAndEachOnce() throws Exception {
    Bundle bundle =
        install(
            "k",
            "kernels, kernels/*.qk; kernels/a.qk, single.qk",
            Map.of(
                "kernels/a.qk", kernel("op", "a", ""),
                "kernels/b.qk", kernel("op", "b", ""),
                "kernels/deeper/c.qk", kernel("op", "c", ""),
                "kernels/README.txt", new byte[10],
                "single.qk", kernel("op", "d", ""),
                "other.qk", kernel("op", "e", "")));
    bundle.start();
    assertEquals(List.of("a", "b", "d"), names());
    assertEquals(List.of(), framework.extender().broken());
  }

  @Test
  void shouldRefuseABrokenFileAndKeepTheOthers() throws Exception {
    Bundle bundle =
        install(
            "k",
            "kernels, missing.qk",
            Map.of(
                "kernels/good.qk", kernel("op", "good", ""),
                "kernels/bad.qk", kernel("op", "bad", "@ranking many\n"),
                "kernels/binary.qk", new byte[] {(byte) 0xff, 0}));
    bundle.start();
    assertEquals(List.of("good"), names());
    List<Entry> entries = framework.registry().entries();
    assertEquals(4, entries.size());
    Map<String, String> reasons =
        entries.stream()
            .filter(entry -> !entry.refusals().isEmpty())
            .collect(
                Collectors.toMap(
                    entry -> entry.source().origin(), entry -> entry.refusals().get("*")));
    assertEquals(3, reasons.size());
    assertTrue(
        reasons.get("k:1.2.3/kernels/bad.qk").startsWith("line 5: @ranking has 'many'"),
        reasons.toString());
    assertTrue(reasons.get("k:1.2.3/kernels/binary.qk").contains("not UTF-8"), reasons.toString());
    assertTrue(reasons.get("k:1.2.3/missing.qk").contains("no such file"), reasons.toString());
    bundle.stop();
    assertEquals(List.of(), framework.registry().entries());
  }

  @Test
  void shouldListABundleWhoseHeaderIsWrong() throws Exception {
    install("k", "../x.qk", Map.of("x.qk", kernel("op", "x", ""))).start();
    Entry entry = framework.registry().entries().getFirst();
    assertEquals("k:1.2.3", entry.source().origin());
    assertTrue(entry.refusals().get("*").contains("'../x.qk'"), entry.refusals().toString());
  }

  @Test
  void shouldFollowUpdates() throws Exception {
    Bundle bundle = install("k", "kernels", Map.of("kernels/a.qk", kernel("op", "a", "")));
    bundle.start();
    bundle.update(bundle("k", "kernels", Map.of("kernels/b.qk", kernel("op", "b", ""))));
    assertEquals(List.of("b"), names());
    bundle.update(bundle("k", "", Map.of("kernels/b.qk", kernel("op", "b", ""))));
    assertEquals(List.of(), names());
  }

  @Test
  void shouldFindBundlesThatWereThereAndReleaseThemWhenItCloses() throws Exception {
    Bundle bundle = install("k", "kernels", Map.of("kernels/a.qk", kernel("op", "a", "")));
    bundle.start();
    framework.extender().close();
    assertEquals(List.of(), references());
    KernelExtender next = new KernelExtender(framework.context());
    assertEquals(List.of("a"), names());
    next.close();
    assertEquals(List.of(), references());
    assertEquals(Bundle.ACTIVE, bundle.getState());
  }

  @Test
  void shouldLeaveNothingBehindAfterAHundredUpdates() throws Exception {
    for (int i = 0; i < 100; i++) {
      Map<String, byte[]> first = Map.of("kernels/a.qk", kernel("op", "a" + i, ""));
      Bundle with = install("with", "kernels", first);
      Bundle without = install("without", "", first);
      with.start();
      without.start();
      assertEquals(List.of("a" + i), names());
      Map<String, byte[]> second =
          Map.of("kernels/b.qk", kernel("op", "b" + i, ""), "kernels/bad.qk", new byte[3]);
      with.update(bundle("with", "kernels", second));
      without.update(bundle("without", "kernels/b.qk", second));
      assertEquals(List.of("b" + i, "b" + i), names());
      assertEquals(1, framework.extender().broken().size());
      with.uninstall();
      without.uninstall();
    }
    assertEquals(List.of(), references());
    assertEquals(List.of(), framework.registry().entries());
    assertEquals(List.of(), framework.extender().broken());
    assertEquals(1, framework.context().getBundles().length, "the framework alone");
  }

  private Bundle install(String name, String header, Map<String, byte[]> files)
      throws BundleException {
    return framework.context().installBundle("test:" + name, bundle(name, header, files));
  }

  private List<ServiceReference<KernelSource>> references() throws Exception {
    return new ArrayList<>(framework.context().getServiceReferences(KernelSource.class, null));
  }

  private List<String> names() throws Exception {
    return references().stream()
        .map(reference -> framework.context().getService(reference).header().name())
        .sorted()
        .toList();
  }
}
