package io.quire.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.Device;
import io.quire.api.kernel.KernelSource;
import io.quire.shell.KernelCommands.KernelRow;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

class KernelCommandsTest {
  private final FakeRegistry registry = new FakeRegistry();
  private Framework framework;
  private KernelUse use;

  @BeforeEach
  void start(@TempDir Path storage) throws Exception {
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(Map.of(Constants.FRAMEWORK_STORAGE, storage.toString()));
    framework.start();
    use = new KernelUse(framework.getBundleContext(), registry);
  }

  @AfterEach
  void stop() throws Exception {
    use.close();
    framework.stop();
    framework.waitForStop(0);
  }

  @Test
  void shouldListSourcesWithTheirRefusals() {
    registry.add("linear", "gemm", "(vendor=acme)", Map.of("acme0", "does not compile"));
    registry.add("norm", "rms", "", Map.of());
    KernelCommands commands = new KernelCommands(registry);
    assertEquals(2, commands.kernels().size());
    String text = commands.kernels("linear").format();
    assertTrue(text.contains("(vendor=acme)"), text);
    assertTrue(text.contains("acme0: refused: does not compile"), text);
    ShellException e = assertThrows(ShellException.class, () -> commands.kernels("conv"));
    assertTrue(e.getMessage().contains("'conv'; there are: linear, norm"), e.getMessage());
  }

  @Test
  void shouldSayWhatIsPreferredOnEachDeviceAndWhyNotTheOthers() {
    registry.add("linear", "best", "(vendor=acme)", Map.of("acme0", "line 9: no such name"));
    registry.add("linear", "plain", "", Map.of());
    registry.add("linear", "spare", "", Map.of());
    registry.add("", "", "", Map.of("*", "line 5: @ranking has 'many'"));
    KernelCommands commands = new KernelCommands(registry);
    commands.addDevice(new IdleDevice("cpu0"), Map.of());
    Device acme = new IdleDevice("acme0", Map.of("prelude", "opencl"));
    commands.addDevice(acme, Map.of());
    commands.addDevice(new IdleDevice("acme1", Map.of("prelude", "opencl")), Map.of());
    List<KernelRow> rows = commands.kernels("linear");
    assertEquals(
        List.of(
            Map.of("acme0", "line 9: no such name", "acme1", "preferred"),
            Map.of("acme0", "preferred", "acme1", "behind best"),
            Map.of("acme0", "behind plain", "acme1", "behind best")),
        rows.stream().map(KernelRow::fates).toList());
    assertTrue(
        commands.kernels().format().contains("*: refused: line 5: @ranking has 'many'"),
        commands.kernels().format());
    commands.removeDevice(acme);
    assertEquals(Map.of("acme1", "behind best"), commands.kernels("linear").get(1).fates());
  }

  @Test
  void shouldPreferASourceByAServiceOfGreatestRanking() throws Exception {
    registry.add("linear", "gemm", "(vendor=acme)", Map.of());
    call("linear", "gemm");
    ServiceReference<KernelSource> reference = references().getFirst();
    assertEquals(Integer.MAX_VALUE, reference.getProperty(Constants.SERVICE_RANKING));
    KernelSource source = framework.getBundleContext().getService(reference);
    assertEquals("text of gemm", source.text());
    assertEquals("kernel-use of bundle:0", source.origin());
    assertEquals("(vendor=acme)", source.header().filter());
    call("linear");
    assertEquals(List.of(), references());
  }

  @Test
  void shouldNarrowAPreferenceToADevice() throws Exception {
    registry.add("linear", "gemm", "(vendor=acme)", Map.of());
    registry.add("norm", "rms", "", Map.of());
    call("linear", "gemm", "acme0");
    call("norm", "rms", "acme0");
    assertEquals(
        List.of("(&(vendor=acme)(quire.device=acme0))", "(quire.device=acme0)"),
        references().stream().map(r -> r.getProperty(KernelSource.REQUIRES)).sorted().toList());
  }

  @Test
  void shouldReplaceAnEarlierPreference() throws Exception {
    registry.add("linear", "a", "", Map.of());
    registry.add("linear", "b", "", Map.of());
    call("linear", "a");
    call("linear", "b");
    assertEquals(1, references().size());
    assertEquals(
        "b", framework.getBundleContext().getService(references().getFirst()).header().name());
  }

  @Test
  void shouldEndAPreferenceWithItsSource() throws Exception {
    KernelSource source = registry.add("linear", "gemm", "", Map.of());
    call("linear", "gemm");
    registry.add("linear", "other", "", Map.of());
    registry.remove(source);
    assertEquals(List.of(), references());
    assertEquals(
        "there is no preference for the op 'linear'; there is none at all", error("linear"));
  }

  @Test
  void shouldLeaveNothingWhenItCloses() throws Exception {
    registry.add("linear", "gemm", "", Map.of());
    call("linear", "gemm");
    use.close();
    assertEquals(List.of(), references());
    assertEquals(List.of(), registry.listeners);
  }

  @Test
  void shouldNameTheCandidates() {
    registry.add("linear", "same", "", Map.of());
    registry.add("linear", "same", "", Map.of());
    assertTrue(error("linear", "same").contains("bundle:0, bundle:1"));
    assertTrue(error("linear", "x").contains("'x'; there are: same, same"));
    assertTrue(error("conv", "x").contains("there are: linear"));
    assertTrue(error("linear", "bundle:1", "a)(b").contains("is no device"));
    assertTrue(error().startsWith("usage: kernel-use OP NAME [DEVICE]"));
    assertNull(framework.getBundleContext().getServiceReference(KernelSource.class));
  }

  private void call(String... words) {
    use.execute(new FakeSession().session(), List.of((Object[]) words));
  }

  private String error(String... words) {
    return assertThrows(ShellException.class, () -> call(words)).getMessage();
  }

  private List<ServiceReference<KernelSource>> references() throws Exception {
    return List.copyOf(framework.getBundleContext().getServiceReferences(KernelSource.class, null));
  }
}
