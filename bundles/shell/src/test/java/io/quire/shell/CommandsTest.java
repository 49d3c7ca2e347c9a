package io.quire.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.Device;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.DeviceInfo;
import io.quire.api.engine.ServedModel.State;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.osgi.service.cm.ConfigurationAdmin;

class CommandsTest {
  private final Models models = new Models();
  private final FakeEngine small = FakeEngine.named("smollm2-135m");

  @BeforeEach
  void serve() {
    models.addEngine(small);
    models.addEngine(FakeEngine.named("smollm2-360m"));
    models.addEngine(FakeEngine.named("gemma3"));
    models.addModel(new FakeModel("smollm2-135m", State.READY, ""));
    models.addModel(new FakeModel("broken", State.FAILED, "the file is cut"));
  }

  @Test
  void shouldFindModelsByNameOrUniqueBeginning() {
    assertEquals("gemma3", models.engine("gem").info().name());
    assertEquals("smollm2-135m", models.engine("smollm2-135m").info().name());
    assertEquals("broken", models.model("b").name());
  }

  @Test
  void shouldNameTheCandidatesOfAnUnknownOrAmbiguousModel() {
    assertError(
        "there is no model 'llama\u003f'; there are: gemma3, smollm2-135m, smollm2-360m",
        () -> models.engine("llama\u001b"));
    assertError(
        "'smol' may mean several models: smollm2-135m, smollm2-360m", () -> models.engine("smol"));
    assertError(
        "the model broken does not serve: it is FAILED: the file is cut",
        () -> models.engine("broken"));
    assertError("there is none at all", () -> new Models().engine("x"));
  }

  @Test
  void shouldFollowEnginesThatLeave() {
    models.removeEngine(small);
    assertEquals("smollm2-360m", models.engine("smol").info().name());
  }

  @Test
  void shouldListModelsThatServeAndThatDoNot() {
    ModelCommands commands = new ModelCommands(models, new ModelConfigurations(noAdmin()));
    var table = commands.models();
    assertEquals(List.of("broken", "smollm2-135m"), table.stream().map(row -> row.name()).toList());
    assertEquals(98_362_432L, table.get(1).bytes());
    String text = table.format();
    assertTrue(text.contains("broken        FAILED"), text);
    assertTrue(text.contains("the file is cut"), text);
    assertTrue(text.contains("93.8 MiB"), text);
  }

  @Test
  void shouldListDevicesWithTheirLanes() {
    DeviceCommands commands = new DeviceCommands(models);
    assertTrue(commands.devices().format().startsWith("no devices"));
    Device device = new IdleDevice("cpu0");
    commands.addDevice(device);
    commands.addDevice(new IdleDevice("cpu1"));
    var table = commands.devices();
    assertEquals(
        List.of("gemma3 (ready)", "smollm2-135m (ready)", "smollm2-360m (ready)"),
        table.getFirst().lanes());
    assertEquals(List.of(), table.get(1).lanes());
    assertTrue(table.format().contains("16.0 GiB"), table.format());
    commands.removeDevice(device);
    assertEquals(1, commands.devices().size());
  }

  @Test
  void shouldListDriversThatNothingMakesADeviceOf() {
    DeviceCommands commands = new DeviceCommands(models);
    DeviceDriver driver = driver(new IdleDevice("cl0").info());
    commands.addDriver(driver);
    assertFalse(commands.devices().getFirst().usable());
    assertTrue(commands.devices().format().contains("driver alone: io.quire.gpu"));
    commands.addDevice(new IdleDevice("cl0"));
    assertEquals(1, commands.devices().size());
    assertTrue(commands.devices().getFirst().usable());
    commands.removeDriver(driver);
    assertEquals(1, commands.devices().size());
  }

  @Test
  void shouldListWhatFiltersCanAskOfADevice() {
    DeviceCommands commands = new DeviceCommands(models);
    commands.addDevice(new IdleDevice("cpu0", Map.of("subgroup", 32)));
    var table = commands.devices("cpu0");
    assertEquals(
        List.of("arch", "driver", "memory", "quire.device", "subgroup", "vendor"),
        table.stream().map(row -> row.name()).toList());
    assertEquals(32, table.get(4).value());
    assertError("there is no device 'gpu7'; there are: cpu0", () -> commands.devices("gpu7"));
  }

  private static DeviceDriver driver(DeviceInfo info) {
    return (DeviceDriver)
        Proxy.newProxyInstance(
            CommandsTest.class.getClassLoader(),
            new Class<?>[] {DeviceDriver.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "info" -> info;
                  case "hashCode" -> 1;
                  case "equals" -> proxy == arguments[0];
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  @Test
  void shouldListRequestsOfAllModelsOrOne() {
    RequestCommands commands = new RequestCommands(models);
    assertEquals(6, commands.requests().size());
    var table = commands.requests("gemma3");
    assertEquals(List.of("gemma3", "gemma3"), table.stream().map(r -> r.model()).toList());
    assertTrue(table.format().contains("gemma3-r2?[2J"), table.format());
  }

  @Test
  void shouldAbortARequestWhereverItIs() {
    RequestCommands commands = new RequestCommands(models);
    assertEquals("request gemma3-r1 of gemma3 is cancelled", commands.abort("gemma3-r1"));
    ShellException e = assertThrows(ShellException.class, () -> commands.abort("nosuch"));
    assertTrue(e.getMessage().contains("'nosuch'; there are: gemma3-r1"), e.getMessage());
  }

  @Test
  void shouldShowTheCache() {
    var row = new StatsCommands(models).kv("gemma3").getFirst();
    assertEquals(40, row.used());
    assertEquals(40, row.cached());
    assertEquals(20, row.free());
    assertEquals(0.25, row.hitShare(), 1e-12);
    String text = new StatsCommands(models).kv().format();
    assertTrue(text.contains("40.0 %") && text.contains("25.0 %"), text);
  }

  @Test
  void shouldShowCountsAndDurations() {
    var table = new StatsCommands(models).stats("gemma3");
    assertEquals(0.04, table.getFirst().timeToFirstToken().mean(), 1e-12);
    String text = table.format();
    assertTrue(text.contains("40.0 ms / 98.2 ms"), text);
    assertTrue(text.contains("{abort=1, stop=7}"), text);
    assertEquals(3, new StatsCommands(models).stats().size());
  }

  private static void assertError(String message, Runnable command) {
    ShellException e = assertThrows(ShellException.class, command::run);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  static ConfigurationAdmin noAdmin() {
    return new FakeAdmin(properties -> {}, name -> {}).admin();
  }
}
