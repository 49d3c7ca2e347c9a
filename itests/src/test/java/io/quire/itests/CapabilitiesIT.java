package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleWiring;

/** What is missing is missed when bundles are resolved, by its name; nothing more is asked for. */
class CapabilitiesIT {
  private static final String KERNELS = "io.quire.kernels.";
  private static final String GPU = "io.quire.gpu";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "attention, (quire.kernel=attention)",
    "linear, (quire.kernel=linear)",
    "elementwise, (quire.kernel=elementwise)",
    "sampling, (quire.kernel=sampling)",
    "dialect, (quire.dialect=tile)"
  })
  void shouldMissAKernelBundleWhenAGpuBackendIsResolved(String left, String requirement)
      throws Exception {
    try (PlainFramework framework =
        new PlainFramework(folder, file -> !file.startsWith(KERNELS + left))) {
      assertFalse(framework.resolve());
      assertEquals(Bundle.RESOLVED, framework.bundle("io.quire.backend.cpu").getState());
      for (String backend : new String[] {"io.quire.backend.amd", "io.quire.backend.nvidia"}) {
        Bundle bundle = framework.bundle(backend);
        BundleException refused = assertThrows(BundleException.class, bundle::start);
        assertEquals(BundleException.RESOLVE_ERROR, refused.getType());
        assertTrue(refused.getMessage().contains(requirement), refused::getMessage);
      }
      framework.install(Distribution.file(KERNELS + left));
      assertTrue(framework.resolve());
      framework.bundle("io.quire.backend.amd").start();
    }
  }

  @Test
  void shouldResolveTheCpuBackendWithNothingOfGpus() throws Exception {
    try (PlainFramework framework =
        new PlainFramework(
            folder, file -> !file.matches("io\\.quire\\.(kernels|gpu|testkit|backend\\.[an]).*"))) {
      assertTrue(framework.resolve());
    }
  }

  @Test
  void shouldLeaveTheExecutorAloneWhenAKernelBundleIsUpdated() throws Exception {
    try (PlainFramework framework = new PlainFramework(folder, file -> true)) {
      assertTrue(framework.resolve());
      Bundle executor = framework.bundle(GPU);
      Bundle kernels = framework.bundle(KERNELS + "linear");
      executor.start();
      kernels.start();
      BundleWiring wiring = executor.adapt(BundleWiring.class);
      kernels.update();
      assertEquals(Bundle.ACTIVE, kernels.getState());
      assertEquals(Bundle.ACTIVE, executor.getState());
      assertSame(wiring, executor.adapt(BundleWiring.class));
    }
  }

  @ParameterizedTest
  @CsvSource({"(quire.architecture=LlamaForCausalLM), llama", "(quire.architecture=gemma3), gemma"})
  void shouldResolveWhoeverBringsAModelOnlyWhereItsFamilyIs(String filter, String family)
      throws Exception {
    String bundle = "io.quire.model." + family;
    try (PlainFramework framework = new PlainFramework(folder, file -> !file.startsWith(bundle))) {
      Bundle model = framework.install(requiring("quire.architecture", filter));
      BundleException refused = assertThrows(BundleException.class, model::start);
      assertTrue(refused.getMessage().contains(filter), refused::getMessage);
      framework.install(Distribution.file(bundle));
      model.start();
    }
  }

  @Test
  void shouldOfferTheBackendsByName() throws Exception {
    try (PlainFramework framework = new PlainFramework(folder, file -> true)) {
      for (String backend : new String[] {"cpu", "amd", "nvidia"}) {
        framework.install(requiring("quire.backend", "(quire.backend=" + backend + ")"));
      }
      assertTrue(framework.resolve());
    }
  }

  /** A bundle that has a requirement and nothing else. */
  private Path requiring(String namespace, String filter) throws IOException {
    Path jar = Files.createTempFile(folder, "requiring", ".jar");
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    main.putValue(Constants.BUNDLE_SYMBOLICNAME, jar.getFileName().toString());
    main.putValue(Constants.REQUIRE_CAPABILITY, namespace + ";filter:=\"" + filter + "\"");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      out.finish();
    }
    return jar;
  }
}
