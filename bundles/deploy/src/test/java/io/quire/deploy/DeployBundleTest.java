package io.quire.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.Engine;
import io.quire.api.engine.ServedModel;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelRegistry.Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** The limit is for a hang alone: every test waits on events. */
@Timeout(20)
class DeployBundleTest {
  /** Released at each change of a service. */
  private final Semaphore changes = new Semaphore(0);

  private WatchedFolder folder;
  private KernelRegistry registry;
  private ConfigurationAdmin admin;

  @BeforeEach
  void start(@TempDir Path root) throws Exception {
    folder = new WatchedFolder(root);
    folder.context().addServiceListener(this::changed);
    registry = service(KernelRegistry.class);
    admin = service(ConfigurationAdmin.class);
  }

  @AfterEach
  void stop() throws Exception {
    folder.close();
  }

  @Test
  void shouldServeAKernelFileWhileItLiesThere() throws Exception {
    folder.drop("gemm.qk", kernel("first", ""));
    await(() -> names().equals(List.of("first")));
    assertEquals(folder.file("gemm.qk").toString(), entries().getFirst().source().origin());
    folder.drop("gemm.qk", kernel("another", ""));
    await(() -> names().equals(List.of("another")));
    folder.take("gemm.qk");
    await(() -> names().isEmpty());
  }

  @Test
  void shouldListABrokenKernelFileUntilItIsRepaired() throws Exception {
    folder.drop("mark.qk", kernel("mark", ""));
    folder.drop("bad.qk", kernel("bad", " * @ranking many\n"));
    await(() -> entries().size() == 2);
    Entry broken = entries().getFirst();
    assertEquals(folder.file("bad.qk").toString(), broken.source().origin());
    assertTrue(
        broken.refusals().get("*").startsWith("line 5: @ranking has 'many'"),
        broken.refusals().toString());
    folder.drop("bad.qk", kernel("good", " * @ranking 2\n"));
    await(() -> names().equals(List.of("good", "mark")));
    folder.drop("bad.qk", "no header");
    await(() -> names().equals(List.of("mark")));
    await(() -> entries().size() == 2);
    folder.take("bad.qk");
    await(() -> entries().size() == 1);
  }

  @Test
  void shouldTakeItsKernelsAlongAndBringThemAgain() throws Exception {
    folder.drop("gemm.qk", kernel("gemm", ""));
    await(() -> names().equals(List.of("gemm")));
    folder.deploy().stop();
    assertEquals(List.of(), names());
    folder.deploy().start();
    await(() -> names().equals(List.of("gemm")));
    Bundle core = bundle("io.quire.core");
    core.stop();
    core.start();
    registry = service(KernelRegistry.class);
    await(() -> names().equals(List.of("gemm")));
  }

  @Test
  void shouldConfigureAModelWhileItsFileLiesThere() throws Exception {
    folder.drop("small-q4.gguf", "GGUF, but not really");
    ServedModel model = service(ServedModel.class);
    assertEquals("small-q4", model.name());
    assertEquals(
        folder.file("small-q4.gguf").toString(),
        configuration("small-q4").getProperties().get("location"));
    folder.drop("small-q4.gguf", "GGUF, another");
    await(() -> servedModels() == 1 && service(ServedModel.class) != model);
    folder.take("small-q4.gguf");
    await(() -> servedModels() == 0);
    assertEquals(0, configurations().length);
  }

  @Test
  void shouldLeaveModelsOfOthersAlone() throws Exception {
    admin
        .getFactoryConfiguration(Engine.FACTORY_PID, "mine", "?")
        .update(new Hashtable<>(Map.of("name", "mine", "location", "elsewhere.gguf")));
    folder.drop("mine.gguf", "GGUF");
    folder.drop("other.gguf", "GGUF");
    await(() -> servedModels() == 2);
    assertEquals("elsewhere.gguf", configuration("mine").getProperties().get("location"));
    folder.take("mine.gguf");
    folder.take("other.gguf");
    await(() -> servedModels() == 1);
    assertEquals("elsewhere.gguf", configuration("mine").getProperties().get("location"));
  }

  @Test
  void shouldKeepModelsOverARestartAndEndThoseWhoseFileIsGone() throws Exception {
    folder.drop("stays.gguf", "GGUF");
    folder.drop("goes.gguf", "GGUF");
    await(() -> servedModels() == 2);
    folder.deploy().stop();
    assertEquals(2, configurations().length);
    folder.take("goes.gguf");
    folder.deploy().start();
    await(() -> servedModels() == 1);
    assertEquals("stays", service(ServedModel.class).name());
  }

  @Test
  void shouldLeaveHiddenFilesAndFoldersAlone() throws Exception {
    folder.drop(".a.qk", kernel("hidden", ""));
    folder.drop("a.qk.part", kernel("part", ""));
    Files.createDirectory(folder.file("b.qk"));
    folder.drop("mark.qk", kernel("mark", ""));
    await(() -> names().equals(List.of("mark")));
    folder.take("mark.qk");
    await(() -> entries().isEmpty());
  }

  @Test
  void shouldForgetAFileThatLeftWhileNobodyLooked() throws Exception {
    folder.drop("goes.qk", kernel("goes", ""));
    folder.drop("stays.qk", kernel("stays", ""));
    await(() -> names().size() == 2);
    folder.deploy().stop();
    folder.take("goes.qk");
    folder.drop("stays.qk", kernel("changed", ""));
    folder.drop("new.qk", kernel("new", ""));
    folder.deploy().start();
    await(() -> Set.copyOf(names()).equals(Set.of("changed", "new")));
  }

  private static String kernel(String name, String more) {
    return "/* @op linear\n * @name "
        + name
        + "\n * @dialect 1.0\n * @dtype bf16\n"
        + more
        + " */\nKERNEL(k)() {}\n";
  }

  private List<Entry> entries() {
    return registry.entries();
  }

  private List<String> names() {
    return entries().stream()
        .map(entry -> entry.source().header().name())
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private Configuration[] configurations() throws Exception {
    Configuration[] found =
        admin.listConfigurations("(service.factoryPid=" + Engine.FACTORY_PID + ")");
    return found == null ? new Configuration[0] : found;
  }

  private Configuration configuration(String name) throws Exception {
    return admin.listConfigurations("(name=" + name + ")")[0];
  }

  private int servedModels() {
    ServiceReference<?>[] all = references(ServedModel.class);
    return all == null ? 0 : all.length;
  }

  private ServiceReference<?>[] references(Class<?> type) {
    try {
      return folder.context().getServiceReferences(type.getName(), null);
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private Bundle bundle(String name) {
    for (Bundle bundle : folder.context().getBundles()) {
      if (bundle.getSymbolicName().equals(name)) {
        return bundle;
      }
    }
    throw new IllegalStateException("no bundle " + name);
  }

  private <T> T service(Class<T> type) {
    await(() -> folder.context().getServiceReference(type) != null);
    return folder.context().getService(folder.context().getServiceReference(type));
  }

  private void changed(ServiceEvent event) {
    changes.release();
  }

  /** Looks again at each change of a service, and now and then: a broken file is no service. */
  private void await(BooleanSupplier condition) {
    try {
      while (!condition.getAsBoolean()) {
        changes.tryAcquire(20, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("the test has taken too long", e);
    }
  }
}
