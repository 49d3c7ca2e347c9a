package io.quire.shell.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.Engine;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.ServedModel;
import io.quire.api.engine.Usage;
import io.quire.shell.FakeEngine;
import io.quire.shell.FakeModel;
import io.quire.shell.client.Protocol;
import io.quire.shell.socket.TestDistribution.Run;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** The limit is for a hang alone: every test waits on events. */
@Timeout(120)
class ShellBundleTest {
  private TestDistribution distribution;

  @BeforeEach
  void start() throws Exception {
    distribution = new TestDistribution();
  }

  @AfterEach
  void stop() throws Exception {
    distribution.close();
  }

  /** Commands of this test; Gogo finds them by their methods. */
  public static final class TestCommands {
    private final CyclicBarrier both = new CyclicBarrier(2);

    /** Meets another session that executes this. */
    public String meet() throws Exception {
      return "met " + both.await();
    }

    /** Standard input in capitals. */
    public String shout() throws IOException {
      String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
      return text.toUpperCase(Locale.ROOT).strip();
    }

    /** Fails. */
    public void fail() {
      throw new IllegalStateException("as told");
    }

    /** Many lines. */
    public void flood() {
      for (int i = 0; i < 20_000; i++) {
        System.out.println("line " + i);
      }
    }
  }

  @Test
  void shouldPassOnOutputAndStatus() {
    Run run = distribution.run("quire:models");
    assertEquals(new Run(0, "no models; bring one in with: load NAME LOCATION\n", ""), run);
    run = distribution.run("devices");
    assertEquals("no devices; a backend bundle brings them\n", run.out());
    run = distribution.run("nosuch");
    assertEquals(1, run.status());
    assertTrue(run.err().contains("nosuch"), run.err());
    run = distribution.run("kv nosuch");
    assertEquals(new Run(1, "", "there is no model 'nosuch'; there is none at all\n"), run);
    distribution.command(new TestCommands(), "fail");
    assertEquals(new Run(1, "", "IllegalStateException: as told\n"), distribution.run("test:fail"));
    assertEquals(1, distribution.run("devices 'open").status());
    assertEquals(new Run(0, "", ""), distribution.run("exit"));
  }

  @Test
  void shouldRunAllOfGogo() {
    distribution.command(new TestCommands(), "shout");
    Run run = distribution.run("felix:lb -s");
    assertEquals(0, run.status());
    assertTrue(run.out().contains("io.quire.shell"), run.out());
    run = distribution.run("lb -s | shout");
    assertTrue(run.out().contains("IO.QUIRE.SHELL"), run.out());
    assertEquals("4\n", distribution.run("x = abcd; $x length").out());
    run = distribution.run("help quire:kernels");
    assertEquals(0, run.status());
    assertTrue(distribution.run("help quire:load").out().contains("max.num.seqs=8"));
  }

  @Test
  void shouldCarryLongOutput() {
    distribution.command(new TestCommands(), "flood");
    Run run = distribution.run("flood");
    assertEquals(20_000, run.out().lines().count());
    assertTrue(run.out().endsWith("line 19999\n"));
  }

  @Test
  void shouldExecuteLinesAndPassOnTheStatusOfTheLast() {
    assertEquals(
        new Run(0, "no requests\nno requests\n", ""),
        distribution.lines("requests\n\nrequests", false));
    assertEquals(1, distribution.lines("requests\nkv x\n", false).status());
    assertEquals("no requests\n", distribution.lines("requests\nexit\nrequests\n", false).out());
  }

  @Test
  void shouldPromptAPersonAndGoOnWithAnOpenLine() {
    distribution.command(new TestCommands(), "shout");
    Run run = distribution.lines("x = 'a\nb'\nrequests\nexit\n", true);
    assertEquals("quire> > a\nb\nquire> no requests\nquire> ", run.out());
  }

  @Test
  void shouldLetCommandsReadTheInput() {
    distribution.command(new TestCommands(), "shout");
    Run run = distribution.lines("shout\nsome words\n", false);
    assertEquals("SOME WORDS\n", run.out());
  }

  @Test
  void shouldWriteAModelsConfiguration() throws Exception {
    Run run = distribution.run("load -t 0 small /models/small.gguf max.num.seqs=8 policy=fcfs");
    assertEquals(1, run.status());
    assertTrue(run.err().contains("no bundle has taken its configuration up"), run.err());
    ConfigurationAdmin admin = service(ConfigurationAdmin.class);
    Configuration[] found = admin.listConfigurations("(service.factoryPid=io.quire.model)");
    assertEquals(1, found.length);
    assertEquals("io.quire.model~small", found[0].getPid());
    assertEquals("/models/small.gguf", found[0].getProperties().get("location"));
    assertEquals(8, found[0].getProperties().get("max.num.seqs"));
    assertEquals("fcfs", found[0].getProperties().get("policy"));
    ServiceRegistration<ServedModel> model =
        register(
            ServedModel.class, new FakeModel("small", ServedModel.State.WAITING, "for a device"));
    assertTrue(distribution.run("models").out().contains("WAITING"));
    run = distribution.run("unload -t 0 small");
    assertEquals(1, run.status(), "it has not left yet");
    assertEquals(null, admin.listConfigurations("(service.factoryPid=io.quire.model)"));
    model.unregister();
    assertTrue(distribution.run("unload small").err().contains("there is no model 'small'"));
  }

  @Test
  void shouldStreamGeneratedText() throws Exception {
    register(
        Engine.class, new FakeEngine("small", (request, listener) -> answer(listener, "Bonjour")));
    Run run = distribution.run("generate small 'Say hello' 5");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().startsWith("Bonjour\n[2 prompt tokens (1 cached), 1 output"), run.out());
    assertTrue(distribution.run("kv").out().contains("small"), "tables name the model");
    assertEquals("40\n", distribution.run("((kv small) get 0) used").out());
  }

  private static void answer(GenerationListener listener, String text) {
    listener.onEvent(new GenerationEvent.Started(new int[] {1, 2}, List.of()));
    listener.onEvent(new GenerationEvent.Delta(0, text, new int[] {3}, List.of()));
    listener.onEvent(new GenerationEvent.Finished(0, FinishReason.STOP, Optional.empty()));
    listener.onEvent(new GenerationEvent.Completed(new Usage(2, 1, 1)));
  }

  @Test
  void shouldServeTwoClientsAtOnce() throws Exception {
    distribution.command(new TestCommands(), "meet");
    FutureTask<Run> other = new FutureTask<>(() -> distribution.run("meet"));
    Thread.ofPlatform().name("test-client").start(other);
    Run run = distribution.run("meet");
    assertEquals(0, run.status(), run.err());
    assertEquals(List.of("met 0\n", "met 1\n"), sorted(run.out(), other.get().out()));
  }

  private static List<String> sorted(String... texts) {
    return List.of(texts).stream().sorted().toList();
  }

  @Test
  void shouldInterruptWhatRunsWhenTheClientLeaves() throws Exception {
    FakeEngine engine = new FakeEngine("small", (request, listener) -> {});
    register(Engine.class, engine);
    try (SocketChannel client = connect()) {
      Protocol.writeGreeting(client, Protocol.COMMAND);
      frame(client, Protocol.TEXT, "generate small endless 1000");
      engine.submitted.take();
    }
    engine.cancelled.await();
  }

  @Test
  void shouldCloseSessionsAndRemoveTheSocketWhenStopped() throws Exception {
    FakeEngine engine = new FakeEngine("small", (request, listener) -> {});
    register(Engine.class, engine);
    try (SocketChannel busy = connect();
        SocketChannel idle = connect()) {
      Protocol.writeGreeting(busy, Protocol.COMMAND);
      frame(busy, Protocol.TEXT, "generate small endless 1000");
      engine.submitted.take();
      Protocol.writeGreeting(idle, Protocol.INTERACTIVE);
      assertEquals("quire> ", text(Protocol.readFrame(input(idle))));
      distribution.shell().stop();
      engine.cancelled.await();
      assertThrows(IOException.class, () -> drain(busy));
      assertThrows(IOException.class, () -> drain(idle));
    }
    assertFalse(Files.exists(distribution.socket()));
    assertEquals(List.of(), shellThreads());
    Run run = distribution.run("models");
    assertEquals(1, run.status());
    assertTrue(run.err().contains("no server answers at " + distribution.socket()), run.err());
    distribution.shell().start();
    assertEquals(0, distribution.run("models").status());
  }

  @Test
  void shouldSurviveItsOwnStopFromWithin() throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    distribution
        .context()
        .addBundleListener(event -> {
          if (event.getType() == BundleEvent.STOPPED
              && event.getBundle().equals(distribution.shell())) {
            stopped.countDown();
          }
        });
    distribution.run("felix:stop " + distribution.shell().getBundleId());
    stopped.await();
    assertFalse(Files.exists(distribution.socket()));
  }

  @Test
  void shouldRefuseMoreClientsThanThereMayBe() throws Exception {
    List<SocketChannel> clients = new ArrayList<>();
    try {
      for (int i = 0; i < SocketServer.MAX_CLIENTS; i++) {
        SocketChannel client = connect();
        clients.add(client);
        Protocol.writeGreeting(client, Protocol.INTERACTIVE);
        assertEquals("quire> ", text(Protocol.readFrame(input(client))));
      }
      Run run = distribution.run("models");
      assertEquals(1, run.status());
      assertTrue(run.err().contains("16 shells are open"), run.err());
    } finally {
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  @Test
  void shouldAnswerNonsenseWithAnError() throws Exception {
    assertRefused(
        "not 'quire-shell 1 MODE'", "GET / HTTP/1.1\n\n".getBytes(StandardCharsets.UTF_8));
    assertRefused("more than 64 bytes", new byte[1000]);
    assertRefused("no mode 'dance'", "quire-shell 1 dance\n".getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream huge = new ByteArrayOutputStream();
    huge.writeBytes("quire-shell 1 command\nC".getBytes(StandardCharsets.UTF_8));
    huge.writeBytes(new byte[] {0x7f, 0, 0, 0});
    assertRefused("a frame of 2130706432 bytes", huge.toByteArray());
    assertEquals(0, distribution.run("models").status(), "others are not affected");
  }

  private void assertRefused(String message, byte[] sent) throws IOException {
    try (SocketChannel client = connect()) {
      client.write(ByteBuffer.wrap(sent));
      DataInputStream in = input(client);
      Protocol.Frame frame = Protocol.readFrame(in);
      assertEquals(Protocol.ERROR, frame.type());
      StringBuilder error = new StringBuilder();
      for (; frame.type() == Protocol.ERROR; frame = Protocol.readFrame(in)) {
        error.append(text(frame));
      }
      assertTrue(error.toString().contains(message), error.toString());
      assertEquals(1, ByteBuffer.wrap(frame.bytes()).getInt());
    }
  }

  @Test
  void shouldExplainWrongArguments() {
    assertEquals(2, TestDistribution.client("", false).status());
    assertEquals(2, TestDistribution.client("", false, "--socket").status());
    assertEquals(2, TestDistribution.client("", false, "--socket", "s", "-c", "").status());
    assertEquals(2, TestDistribution.client("", false, "models").status());
    Run help = TestDistribution.client("", false, "--help");
    assertEquals(0, help.status());
    assertTrue(help.out().startsWith("usage: quire shell"), help.out());
    String command = "x".repeat(Protocol.MAX_FRAME + 1);
    assertEquals(2, TestDistribution.client("", false, "--socket", "s", "-c", command).status());
  }

  private <T> ServiceRegistration<T> register(Class<T> type, T service) {
    return distribution.context().registerService(type, service, null);
  }

  private <T> T service(Class<T> type) {
    return distribution.context().getService(distribution.context().getServiceReference(type));
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(distribution.socket()));
  }

  private static DataInputStream input(SocketChannel client) {
    InputStream in = Channels.newInputStream(client);
    return new DataInputStream(in);
  }

  private static void frame(SocketChannel client, byte type, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Protocol.writeFrame(client, type, bytes, 0, bytes.length);
  }

  private static String text(Protocol.Frame frame) {
    return new String(frame.bytes(), StandardCharsets.UTF_8);
  }

  /** Reads until the server has closed the connection. */
  private static void drain(SocketChannel client) throws IOException {
    DataInputStream in = input(client);
    while (true) {
      if (Protocol.readFrame(in).type() == Protocol.STATUS) {
        throw new EOFException("the session has ended");
      }
    }
  }

  private static List<String> shellThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("quire-shell"))
        .toList();
  }
}
