package io.quire.trust.hook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.quire.testkit.SigningTools;
import io.quire.trust.Trust;
import io.quire.trust.verify.CheckedArrivals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** The hook in a real framework, on behalf of the system bundle. */
class SignedBundlesTest {
  private static final Map<String, String> ENTRIES = Map.of("a/A.class", "one", "b/c/d", "two");

  @TempDir static Path keys;
  private static SigningTools tools;

  @TempDir Path folder;
  private Framework framework;
  private BundleContext context;
  private Bundle ofTheDistribution;

  @BeforeAll
  static void makeKeys() throws Exception {
    tools = new SigningTools(keys);
    tools.key("alice");
    tools.key("mallory");
  }

  @BeforeEach
  void start() throws Exception {
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    folder.resolve("storage").toString(),
                    Trust.SIGNERS,
                    tools.pem("alice").toString()));
    framework.start();
    context = framework.getBundleContext();
    ofTheDistribution = install(tools.bundle("distribution", ENTRIES));
    new SignedBundles(context, new CheckedArrivals(context));
  }

  @AfterEach
  void stop() throws Exception {
    framework.stop();
    framework.waitForStop(0);
  }

  @Test
  void shouldResolveTheDistribution() throws Exception {
    ofTheDistribution.start();
    assertEquals(Bundle.ACTIVE, ofTheDistribution.getState());
  }

  @Test
  void shouldResolveWhatASignerSigned() throws Exception {
    Bundle bundle = install(tools.sign(tools.bundle("signed", ENTRIES), "alice"));
    bundle.start();
    assertEquals(Bundle.ACTIVE, bundle.getState());
  }

  @Test
  void shouldNotResolveWhatIsUnsignedTamperedOrSignedByAnother() throws Exception {
    refused(install(tools.bundle("unsigned", ENTRIES)));
    refused(install(tools.sign(tools.bundle("other", ENTRIES), "mallory")));
    Path tampered = tools.sign(tools.bundle("tampered", ENTRIES), "alice");
    refused(install(tools.put(tampered, "a/A.class", "evil")));
    Path more = tools.sign(tools.bundle("more", ENTRIES), "alice");
    refused(install(tools.put(more, "META-INF/versions/9/a/A.class", "evil")));
  }

  @Test
  void shouldNotResolveAnUnsignedUpdateOfTheDistribution() throws Exception {
    Path update = tools.bundle("distribution", Map.of("a/A.class", "evil"));
    ofTheDistribution.update(Files.newInputStream(update));
    refused(ofTheDistribution);
  }

  @Test
  void shouldNotTakeForTheDistributionWhatCameBeforeARestart() throws Exception {
    Bundle unsigned = install(tools.bundle("unsigned", ENTRIES));
    new SignedBundles(context, new CheckedArrivals(context));
    refused(unsigned);
    ofTheDistribution.start();
  }

  private Bundle install(Path jar) throws BundleException {
    return context.installBundle(jar.toUri().toString());
  }

  private static void refused(Bundle bundle) {
    BundleException e = assertThrows(BundleException.class, bundle::start);
    assertEquals(BundleException.RESOLVE_ERROR, e.getType(), e.toString());
    assertEquals(Bundle.INSTALLED, bundle.getState());
  }
}
