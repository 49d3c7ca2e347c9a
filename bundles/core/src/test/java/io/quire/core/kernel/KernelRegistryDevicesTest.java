package io.quire.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceInfo;
import io.quire.api.device.Plan;
import io.quire.api.device.PlanOptions;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry.Entry;
import io.quire.api.kernel.KernelRegistry.Verdict;
import io.quire.api.kernel.KernelSource;
import io.quire.api.model.ModelGraph;
import io.quire.api.model.Weights;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;

class KernelRegistryDevicesTest {
  private static final Map<String, Object> ACME =
      Map.of("quire.device", "acme0", "vendor", "acme", "subgroup", 32);

  private TestFramework framework;
  private WhiteboardKernelRegistry registry;

  @BeforeEach
  void start(@TempDir Path storage) throws BundleException {
    framework = new TestFramework(storage);
    registry = framework.registry();
  }

  @AfterEach
  void stop() throws BundleException {
    framework.close();
  }

  @Test
  void shouldExplainWhatSpeaksAgainstEachSource() {
    put("a", "@device (vendor=other)\n@ranking 9\n");
    put("b", "@ranking 8\n");
    put("c", "");
    put("d", "@ranking -1\n");
    registry.refuse(source("b"), "acme0", "does not compile");
    List<Verdict> verdicts = registry.explain("linear", "bf16", ACME);
    assertEquals(
        List.of("the device does not match (vendor=other)", "refused: does not compile", "", ""),
        verdicts.stream().map(Verdict::objection).toList());
    assertEquals(List.of(9, 8, 0, -1), verdicts.stream().map(Verdict::ranking).toList());
    assertEquals(
        registry.resolve("linear", "bf16", ACME),
        verdicts.stream().filter(Verdict::usable).map(Verdict::source).findFirst());
    assertEquals(
        "it serves bf16, f16, not q8_0",
        registry.explain("linear", "q8_0", ACME).get(2).objection());
    assertEquals(List.of(), registry.explain("norm", "bf16", ACME));
    assertThrows(
        IllegalArgumentException.class, () -> registry.explain("linear", "bf16", Map.of()));
  }

  @Test
  void shouldShowTheRankingThatCounts() {
    KernelSource source = new Text("op", "one");
    ServiceRegistration<KernelSource> registration =
        framework.context().registerService(KernelSource.class, source, null);
    assertEquals(3, registry.entries().getFirst().ranking());
    registration.setProperties(new Hashtable<>(Map.of(Constants.SERVICE_RANKING, 11)));
    assertEquals(11, registry.entries().getFirst().ranking());
    assertEquals(11, registry.explain("op", "bf16", ACME).getFirst().ranking());
  }

  @ParameterizedTest
  @CsvSource({"1.2", "2.0", "0.9", "999999.0"})
  void shouldRefuseADialectThatItHasNot(String dialect) {
    String text = TestFramework.text("linear", "new", "").replace("1.0", dialect);
    framework.files().put("new.qk", text.getBytes(StandardCharsets.UTF_8));
    assertTrue(registry.resolve("linear", "bf16", ACME).isEmpty());
    Entry entry = registry.entries().getFirst();
    assertEquals("linear", entry.source().header().op());
    String reason = entry.refusals().get("*");
    assertTrue(
        reason.startsWith("it needs dialect '" + dialect + "', and this Quire has 1.1; "), reason);
    assertEquals(reason, registry.explain("linear", "bf16", ACME).getFirst().objection());
  }

  @Test
  void shouldForgetARefusalWhenTheTextChangesButNotWithTheRanking() {
    Text source = new Text("op", "one");
    ServiceRegistration<KernelSource> registration =
        framework.context().registerService(KernelSource.class, source, null);
    registry.refuse(source, "acme0", "wrong");
    registration.setProperties(new Hashtable<>(Map.of(Constants.SERVICE_RANKING, 11)));
    assertEquals(Map.of("acme0", "wrong"), registry.entries().getFirst().refusals());
    source.text = "two";
    registration.setProperties(new Hashtable<>(Map.of(Constants.SERVICE_RANKING, 12)));
    assertEquals(Map.of(), registry.entries().getFirst().refusals());
    assertTrue(registry.resolve("op", "bf16", ACME).isPresent());
  }

  @Test
  void shouldForgetWhatADeviceRefusedWhenItLeaves() {
    put("a", "");
    Device device = new Hardware("acme0", Map.of("subgroup", 32));
    registry.addDevice(device, ACME);
    registry.refuse(source("a"), "acme0", "wrong");
    registry.refuse(source("a"), "other0", "wrong there");
    List<String> told = new ArrayList<>();
    registry.listen(told::add);
    registry.removeDevice(device);
    assertEquals(Map.of("other0", "wrong there"), registry.entries().getFirst().refusals());
    assertEquals(List.of("linear"), told);
  }

  @Test
  void shouldNameTheDevicesAtHandThatAFilterDoesNotFit() {
    put("wide", "@device (subgroup=64)\n");
    put("any", "");
    assertEquals(List.of(), unfit("wide"), "no device is at hand");
    Device narrow = new Hardware("b0", Map.of("subgroup", 32));
    registry.addDevice(narrow, Map.of("quire.device", "b0"));
    registry.addDevice(new Hardware("a0", Map.of()), Map.of("quire.device", "a0"));
    registry.addDevice(new Hardware("c0", Map.of("subgroup", 64)), Map.of("quire.device", "c0"));
    assertEquals(List.of("a0", "b0"), unfit("wide"));
    assertEquals(List.of(), unfit("any"));
    registry.removeDevice(narrow);
    assertEquals(List.of("a0"), unfit("wide"));
  }

  @Test
  void shouldReplaceAFileWithoutAGap() {
    put("a", "");
    List<String> seen = new ArrayList<>();
    registry.listen(op -> seen.add(registry.resolve(op, "bf16", ACME).orElseThrow().text()));
    put("a", "better\n");
    put("a", "better\n");
    assertEquals(4, seen.size(), "each put is an arrival and a leaving");
    assertEquals(1, registry.entries().size());
    assertTrue(seen.getLast().contains("better"), seen.toString());
  }

  @Test
  void shouldListAFileThatCannotBeReadUntilItIsReplacedOrRemoved() {
    put("a", "");
    put("a", "@ranking many\n");
    Entry entry = registry.entries().getFirst();
    assertEquals("deploy/a.qk", entry.source().origin());
    assertTrue(
        entry.refusals().get("*").startsWith("line 5: @ranking has 'many'; allowed: "),
        entry.refusals().toString());
    assertTrue(registry.resolve("linear", "bf16", ACME).isEmpty());
    put("a", "");
    assertEquals(Map.of(), registry.entries().getFirst().refusals());
    framework.files().remove("deploy/a.qk");
    framework.files().remove("deploy/unknown.qk");
    assertEquals(List.of(), registry.entries());
  }

  @Test
  void shouldTellWhatIsTrueWhileFilesAndDevicesChange() throws Exception {
    put("base", "@ranking -1\n");
    Map<String, AtomicInteger> told = new ConcurrentHashMap<>();
    registry.listen(op -> {
      told.computeIfAbsent(op, name -> new AtomicInteger()).incrementAndGet();
      assertFalse(registry.explain(op, "bf16", ACME).size() > 4, "one a writer, and the base");
    });
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService pool =
        Executors.newFixedThreadPool(4, Thread.ofPlatform().name("test-", 0).factory())) {
      Future<Integer> reader = pool.submit(reader(done));
      Future<?> first = pool.submit(() -> change("x", 200));
      Future<?> second = pool.submit(() -> change("y", 200));
      try {
        for (int i = 0; i < 200; i++) {
          Device device = new Hardware("acme0", Map.of());
          registry.addDevice(device, ACME);
          registry.removeDevice(device);
        }
        first.get();
        second.get();
      } finally {
        done.set(true);
      }
      assertTrue(reader.get() > 0);
    }
    assertEquals(List.of("linear"), List.copyOf(told.keySet()));
    assertTrue(told.get("linear").get() >= 1200, told.toString());
    assertEquals(1, registry.entries().size());
    assertEquals(Map.of(), registry.entries().getFirst().refusals());
  }

  /** Three changes a round at least: arrival, refusal, leaving. */
  private void change(String name, int rounds) {
    for (int i = 0; i < rounds; i++) {
      put(name, "round " + i + "\n");
      registry.refuse(source(name), "acme0", "wrong");
      framework.files().remove("deploy/" + name + ".qk");
    }
  }

  private Callable<Integer> reader(AtomicBoolean done) {
    return () -> {
      int count = 0;
      do {
        assertTrue(registry.resolve("linear", "bf16", ACME).isPresent(), "the base is there");
        assertTrue(registry.explain("linear", "bf16", ACME).getLast().usable());
        count++;
      } while (!done.get());
      return count;
    };
  }

  private void put(String name, String more) {
    framework.files().put("deploy/" + name + ".qk", TestFramework.kernel("linear", name, more));
  }

  private KernelSource source(String name) {
    return registry.entries().stream()
        .map(Entry::source)
        .filter(source -> source.header().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private List<String> unfit(String name) {
    return registry.entries().stream()
        .filter(entry -> entry.source().header().name().equals(name))
        .findFirst()
        .orElseThrow()
        .unfit();
  }

  /** A source whose text can change. */
  private static final class Text implements KernelSource {
    private final KernelHeader header;
    private volatile String text = "one";

    Text(String op, String name) {
      try {
        header = KernelHeaderParser.parse(TestFramework.text(op, name, "@ranking 3\n"));
      } catch (KernelHeaderException e) {
        throw new IllegalArgumentException(e);
      }
    }

    @Override
    public KernelHeader header() {
      return header;
    }

    @Override
    public String text() {
      return text;
    }

    @Override
    public String origin() {
      return "test";
    }
  }

  /** A device that nothing is prepared on. */
  private static final class Hardware implements Device {
    private final DeviceInfo info;

    Hardware(String id, Map<String, Object> properties) {
      info = new DeviceInfo(id, "test", "acme", "a1", "test", 1 << 20, 1, properties);
    }

    @Override
    public DeviceInfo info() {
      return info;
    }

    @Override
    public Plan prepare(ModelGraph graph, Weights weights, PlanOptions options, Progress progress) {
      throw new UnsupportedOperationException("nothing is prepared here");
    }
  }
}
