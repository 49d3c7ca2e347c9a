package io.quire.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.ServedModel.State;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCommandsTest {
  private final Models models = new Models();
  private final FakeSession session = new FakeSession();
  private final List<Dictionary<String, ?>> written = new ArrayList<>();
  private final FakeModel model = new FakeModel("m", State.LOADING, "weights");
  private final FakeEngine engine = FakeEngine.named("m");

  private ModelCommands commands(Runnable onUpdate, Runnable onDelete) {
    FakeAdmin admin =
        new FakeAdmin(
            properties -> {
              written.add(properties);
              onUpdate.run();
            },
            pid -> onDelete.run());
    return new ModelCommands(models, new ModelConfigurations(admin.admin()));
  }

  private void serveAtOnce() {
    models.addModel(model);
    model.become(State.READY, "");
    models.addEngine(engine);
  }

  private void leaveAtOnce() {
    models.removeEngine(engine);
    models.removeModel(model);
  }

  @Test
  void shouldWriteAConfigurationAndReportTheReadyModel() throws Exception {
    ModelCommands commands = commands(this::serveAtOnce, () -> {});
    var table =
        commands.load(
            session.session(),
            600,
            "m",
            "/m.gguf",
            "max.num.seqs=8",
            "policy=fcfs",
            "big=9999999999");
    assertEquals(State.READY, table.getFirst().state());
    Dictionary<String, ?> properties = written.getFirst();
    assertEquals("m", properties.get("name"));
    assertEquals("/m.gguf", properties.get("location"));
    assertEquals(8, properties.get("max.num.seqs"));
    assertEquals("fcfs", properties.get("policy"));
    assertEquals(9_999_999_999L, properties.get("big"));
  }

  @Test
  void shouldWaitForTheEngineAndShowTheWay() throws Exception {
    ModelCommands commands = commands(() -> models.addModel(model), () -> {});
    FutureTask<Table<ModelCommands.ModelRow>> loading =
        new FutureTask<>(() -> commands.load(session.session(), 600, "m", "/m.gguf"));
    Thread.ofPlatform().name("test-loading").start(loading);
    session.awaitPrinted("LOADING");
    model.become(State.READY, "");
    models.addEngine(engine);
    assertEquals("m", loading.get().getFirst().name());
    assertTrue(session.printed().startsWith("m LOADING, 40.0 %: weights"), session.printed());
  }

  @Test
  void shouldReportAFailureAndWhatRemains() {
    ModelCommands commands =
        commands(() -> models.addModel(new FakeModel("m", State.FAILED, "no such file")), () -> {});
    ShellException e =
        assertThrows(
            ShellException.class, () -> commands.load(session.session(), 600, "m", "/m.gguf"));
    assertTrue(e.getMessage().contains("FAILED: no such file"), e.getMessage());
    assertTrue(e.getMessage().contains("unload m"), e.getMessage());
  }

  @Test
  void shouldStopWaitingAfterTheTimeout() {
    ModelCommands nobody = commands(() -> {}, () -> {});
    ShellException e =
        assertThrows(ShellException.class, () -> nobody.load(session.session(), 0, "m", "/m.gguf"));
    assertTrue(e.getMessage().contains("no bundle has taken"), e.getMessage());
    ModelCommands waiting =
        commands(() -> models.addModel(new FakeModel("w", State.WAITING, "a device")), () -> {});
    e = assertThrows(ShellException.class, () -> waiting.load(session.session(), 0, "w", "/w"));
    assertTrue(
        e.getMessage().contains("WAITING: a device; it will serve as soon as it can"),
        e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"novalue", "=8", "1x=8", "name=other", "location=x", "a b=c"})
  void shouldRefuseWrongOptionsBeforeAnythingIsWritten(String option) {
    ModelCommands commands = commands(this::serveAtOnce, () -> {});
    ShellException e =
        assertThrows(
            ShellException.class, () -> commands.load(session.session(), 1, "m", "/m", option));
    assertTrue(e.getMessage().contains("'" + option + "'"), e.getMessage());
    assertEquals(List.of(), written);
  }

  @Test
  void shouldRefuseANameThatIsTaken() throws Exception {
    ModelCommands commands = commands(this::serveAtOnce, () -> {});
    commands.load(session.session(), 600, "m", "/m.gguf");
    ShellException e =
        assertThrows(ShellException.class, () -> commands.load(session.session(), 1, "m", "/n"));
    assertTrue(e.getMessage().contains("is there already"), e.getMessage());
    leaveAtOnce();
    e = assertThrows(ShellException.class, () -> commands.load(session.session(), 1, "m", "/n"));
    assertTrue(e.getMessage().contains("is configured already"), e.getMessage());
    assertEquals(1, written.size());
  }

  @Test
  void shouldDeleteTheConfigurationAndWaitUntilTheModelHasLeft() throws Exception {
    ModelCommands commands = commands(this::serveAtOnce, this::leaveAtOnce);
    commands.load(session.session(), 600, "m", "/m.gguf");
    assertEquals("the model m has left", commands.unload(600, "m"));
    ShellException e = assertThrows(ShellException.class, () -> commands.unload(600, "m"));
    assertTrue(e.getMessage().contains("there is no model 'm'"), e.getMessage());
  }

  @Test
  void shouldSayWhatKeepsAModelFromLeaving() throws Exception {
    ModelCommands commands = commands(this::serveAtOnce, () -> {});
    commands.load(session.session(), 600, "m", "/m.gguf");
    ShellException e = assertThrows(ShellException.class, () -> commands.unload(0, "m"));
    assertTrue(e.getMessage().contains("1 requests still run"), e.getMessage());
  }
}
