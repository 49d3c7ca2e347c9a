package io.quire.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry.Entry;
import io.quire.api.kernel.KernelRegistry.Registration;
import io.quire.api.kernel.KernelSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;

class WhiteboardKernelRegistryTest {
  private static final Map<String, Object> ACME =
      Map.of("quire.device", "acme0", "vendor", "acme", "arch", "a90", "memory", 1000L);
  private static final Map<String, Object> OTHER =
      Map.of("quire.device", "other0", "vendor", "other", "arch", "b1", "memory", 10L);

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
  void shouldResolveByOpTypeAndDevice() {
    register(source("linear", "a", "", 0));
    register(source("linear", "b", "(&(vendor=acme)(memory>=1000))", 10));
    assertEquals("b", resolved("linear", "bf16", ACME));
    assertEquals("a", resolved("linear", "bf16", OTHER));
    assertEquals("", resolved("linear", "f32", ACME));
    assertEquals("", resolved("attention", "bf16", ACME));
  }

  @Test
  void shouldPreferRankingThenAge() {
    register(source("op", "old", "", 5));
    ServiceRegistration<KernelSource> young = register(source("op", "young", "", 5));
    assertEquals("old", resolved("op", "bf16", ACME));
    young.setProperties(ranking(6));
    assertEquals("young", resolved("op", "bf16", ACME), "the service's ranking wins");
    young.setProperties(ranking(-1));
    assertEquals("old", resolved("op", "bf16", ACME));
    young.setProperties(new Hashtable<>());
    register(source("op", "better", "", 6));
    assertEquals("better", resolved("op", "bf16", ACME));
    assertEquals(
        List.of("better", "old", "young"),
        registry.entries().stream().map(e -> e.source().header().name()).toList());
  }

  @Test
  void shouldListByOpAndDescendingRanking() {
    register(source("b", "1", "", 0));
    register(source("a", "2", "", 1));
    register(source("b", "3", "", 9));
    register(source("a", "4", "", 2));
    assertEquals(
        List.of("4", "2", "3", "1"),
        registry.entries().stream().map(e -> e.source().header().name()).toList());
  }

  @Test
  void shouldFallBackForTheDeviceThatRefusesASource() {
    KernelSource best = source("op", "best", "", 1);
    ServiceRegistration<KernelSource> registration = register(best);
    register(source("op", "plain", "", 0));
    registry.refuse(best, "acme0", "does not compile");
    assertEquals("plain", resolved("op", "bf16", ACME));
    assertEquals("best", resolved("op", "bf16", OTHER));
    registration.setProperties(ranking(3));
    Entry entry = registry.entries().getFirst();
    assertEquals(Map.of("acme0", "does not compile"), entry.refusals());
    registration.unregister();
    registry.refuse(best, "other0", "too late");
    assertEquals("plain", resolved("op", "bf16", OTHER));
    assertEquals(1, registry.entries().size());
  }

  @Test
  void shouldShortenLongReasons() {
    KernelSource source = source("op", "a", "", 0);
    register(source);
    registry.refuse(source, "acme0", "x".repeat(100_000));
    assertEquals(4099, registry.entries().getFirst().refusals().get("acme0").length());
  }

  @Test
  void shouldKeepTwoSourcesOfOneName() {
    KernelSource broken = source("op", "same", "", 0);
    register(broken);
    KernelSource repaired = source("op", "same", "", 0);
    register(repaired);
    assertEquals(Optional.of(broken), registry.resolve("op", "bf16", ACME));
    registry.refuse(broken, "acme0", "wrong");
    assertEquals(Optional.of(repaired), registry.resolve("op", "bf16", ACME));
    assertEquals(2, registry.entries().size());
  }

  @Test
  void shouldListSourcesThatAreBroken() {
    register(source("op", "a", "(oops", 0));
    register(new Source(null));
    register(source(null, "a", "", 0));
    List<Entry> entries = registry.entries();
    assertEquals(3, entries.size());
    for (Entry entry : entries) {
      assertEquals("", entry.source().header().op());
      assertTrue(entry.source().origin().startsWith("service "), entry.source().origin());
      assertFalse(entry.refusals().get("*").isEmpty());
    }
    assertEquals("", resolved("op", "bf16", ACME));
    assertEquals("", resolved("", "", ACME));
  }

  @Test
  void shouldDemandTheDevicesId() {
    Map<String, Object> nameless = Map.of("vendor", "acme");
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> registry.resolve("op", "bf16", nameless));
    assertTrue(e.getMessage().contains("quire.device"), e.getMessage());
  }

  @Test
  void shouldTellListenersOfArrivalRefusalAndLeaving() {
    List<String> told = new ArrayList<>();
    Registration listening = registry.listen(op -> told.add(op + " " + resolved(op, "bf16", ACME)));
    KernelSource source = source("op", "a", "", 0);
    ServiceRegistration<KernelSource> registration = register(source);
    registry.refuse(source, "acme0", "wrong");
    registration.unregister();
    assertEquals(List.of("op a", "op ", "op "), told, "the change is visible when told");
    listening.close();
    register(source);
    assertEquals(3, told.size());
  }

  @Test
  void shouldTellTheOthersWhenAListenerFails() {
    List<String> told = new ArrayList<>();
    registry.listen(op -> {
      throw new IllegalStateException("a failing listener");
    });
    registry.listen(told::add);
    register(source("op", "a", "", 0));
    assertEquals(List.of("op"), told);
  }

  @Test
  void shouldLetListenersRefuseAndCloseThemselves() {
    KernelSource source = source("op", "a", "", 0);
    List<String> told = new ArrayList<>();
    List<Registration> self = new ArrayList<>();
    self.add(
        registry.listen(op -> {
          told.add(op);
          self.getFirst().close();
          registry.refuse(source, "acme0", "refused while told");
        }));
    register(source);
    assertEquals(List.of("op"), told);
    assertEquals(1, registry.entries().getFirst().refusals().size());
  }

  @Test
  void shouldWaitForARunningCallWhenClosed() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicBoolean returned = new AtomicBoolean();
    Registration listening =
        registry.listen(op -> {
          inside.countDown();
          awaitQuietly(release);
          returned.set(true);
        });
    try (ExecutorService pool = pool(2)) {
      Future<?> change = pool.submit(() -> register(source("op", "a", "", 0)));
      inside.await();
      Future<Boolean> closing =
          pool.submit(() -> {
            listening.close();
            return returned.get();
          });
      assertEquals("a", resolved("op", "bf16", ACME), "nothing waits for a listener but close");
      release.countDown();
      assertTrue(closing.get(), "close returned before the call did");
      change.get();
    }
  }

  @Test
  void shouldResolveWhileSourcesComeAndLeave() throws Exception {
    register(source("op", "base", "", 0));
    AtomicBoolean done = new AtomicBoolean();
    List<String> told = new CopyOnWriteArrayList<>();
    registry.listen(told::add);
    try (ExecutorService pool = pool(3)) {
      List<Future<Integer>> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        readers.add(pool.submit(reader(done)));
      }
      try {
        for (int i = 0; i < 500; i++) {
          KernelSource better = source("op", "better", i % 2 == 0 ? "(vendor=acme)" : "", 1);
          ServiceRegistration<KernelSource> registration = register(better);
          assertEquals("better", resolved("op", "bf16", ACME));
          registry.refuse(better, "acme0", "wrong");
          assertEquals("base", resolved("op", "bf16", ACME));
          registration.unregister();
        }
      } finally {
        done.set(true);
      }
      for (Future<Integer> reader : readers) {
        assertTrue(reader.get() > 0);
      }
    }
    assertEquals(1500, told.size());
    assertEquals(1, registry.entries().size());
  }

  private Callable<Integer> reader(AtomicBoolean done) {
    return () -> {
      int count = 0;
      do {
        String name = resolved("op", "bf16", count % 2 == 0 ? ACME : OTHER);
        assertTrue(name.equals("base") || name.equals("better"), name);
        List<Entry> entries = registry.entries();
        assertTrue(entries.size() == 1 || entries.size() == 2);
        count++;
      } while (!done.get());
      return count;
    };
  }

  private static ExecutorService pool(int threads) {
    return Executors.newFixedThreadPool(threads, Thread.ofPlatform().name("test-", 0).factory());
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ServiceRegistration<KernelSource> register(KernelSource source) {
    return framework.context().registerService(KernelSource.class, source, null);
  }

  private static Dictionary<String, Object> ranking(int value) {
    return new Hashtable<>(Map.of(Constants.SERVICE_RANKING, value));
  }

  private String resolved(String op, String dtype, Map<String, Object> device) {
    return registry.resolve(op, dtype, device).map(s -> s.header().name()).orElse("");
  }

  private static KernelSource source(String op, String name, String filter, int ranking) {
    return new Source(
        new KernelHeader(
            op,
            name,
            "1.0",
            List.of("bf16"),
            filter,
            ranking,
            Map.of(),
            Map.of(),
            List.of(),
            List.of(),
            List.of(),
            Map.of(),
            ""));
  }

  /** A source that somebody registers; equal to itself alone. */
  private static final class Source implements KernelSource {
    private final KernelHeader header;

    Source(KernelHeader header) {
      this.header = header;
    }

    @Override
    public KernelHeader header() {
      return header;
    }

    @Override
    public String text() {
      return "";
    }

    @Override
    public String origin() {
      return "test";
    }
  }
}
