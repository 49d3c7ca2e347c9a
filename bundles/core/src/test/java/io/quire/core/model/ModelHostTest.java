package io.quire.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.DeviceInfo;
import io.quire.api.engine.Engine;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.api.engine.ServedModel.State;
import io.quire.api.schedule.Scheduler;
import io.quire.api.text.ChatTemplateException;
import io.quire.api.text.Tokenizer.ChatTemplateSource;
import io.quire.core.engine.FakeTokenizer;
import io.quire.core.engine.Lease;
import io.quire.core.engine.Oracle;
import io.quire.core.schedule.PriorityScheduler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModelHostTest {
  private static GenerationRequest request(String id, int tokens) {
    return GenerationRequest.builder(id, new Prompt.Tokens(new int[] {9, 8, 7, 6, 5}))
        .maxTokens(tokens)
        .ignoreEnd(true)
        .build();
  }

  private static void assertServes(HostRig rig) throws Exception {
    GenerationRequest request = request("serves", 20);
    Generation generation = rig.registered.orElseThrow().submit(request, e -> {});
    Generation.Result result = generation.result().get(20, TimeUnit.SECONDS);
    assertTrue(Oracle.of(request, 0).matches(result.choices().get(0)));
  }

  private static void assertWaits(HostRig rig, String word) {
    rig.settle();
    assertEquals(State.WAITING, rig.status.state());
    assertTrue(rig.status.message().contains(word), rig.status.message());
    assertTrue(rig.registered.isEmpty());
  }

  @Test
  void shouldWaitForEachServiceAndSayWhich() throws Exception {
    HostRig rig = new HostRig("fake:m", 0);
    assertWaits(rig, "no format opens fake:m");
    rig.addFormat();
    assertWaits(rig, "no model family");
    assertEquals(0, rig.openFiles);
    rig.addFamily();
    assertWaits(rig, "no tokenizer");
    rig.addTokenizer(new FakeTokenizer());
    assertWaits(rig, "no scheduler");
    rig.addPolicies();
    assertWaits(rig, "no device");
    rig.services.devices.add(
        new HostRig.FakeDevice("wrong", false), Map.of(DeviceInfo.VENDOR, "other"));
    assertWaits(rig, "no device");
    HostRig.FakeDevice device = rig.addDevice("d0", false);
    rig.settle();
    assertEquals(State.READY, rig.status.state());
    assertServes(rig);
    rig.host.close();
    assertTrue(rig.registered.isEmpty());
    assertTrue(device.plan.closed());
    assertEquals(0, rig.openFiles);
  }

  @Test
  void shouldMoveToAnotherDeviceWhenItsOwnLeaves() throws Exception {
    HostRig rig = HostRig.ready();
    HostRig.FakeDevice first = rig.addDevice("d0", false);
    rig.settle();
    Engine engine = rig.registered.orElseThrow();
    CountDownLatch running = new CountDownLatch(5);
    GenerationRequest request = request("a", 300);
    Generation generation =
        engine.submit(
            request,
            e -> {
              if (e instanceof GenerationEvent.Delta) {
                running.countDown();
              }
            });
    assertTrue(running.await(10, TimeUnit.SECONDS));
    rig.host.removeDevice(first);
    assertTrue(first.plan.closed());
    assertEquals(State.WAITING, rig.status.state());
    rig.addDevice("d1", false);
    rig.settle();
    assertEquals(State.READY, rig.status.state());
    Generation.Result result = generation.result().get(20, TimeUnit.SECONDS);
    assertTrue(Oracle.of(request, 0).matches(result.choices().get(0)));
    assertEquals(rig.registered.orElseThrow(), engine);
    rig.host.close();
    assertEquals(0, rig.openFiles);
  }

  @Test
  void shouldUseTheNextDeviceWhenOneRefuses() throws Exception {
    HostRig rig = HostRig.ready();
    rig.addDevice("d0", true);
    rig.settle();
    assertEquals(State.WAITING, rig.status.state());
    assertTrue(rig.status.message().contains("it has no op of that kind"));
    rig.addDevice("d1", false);
    rig.settle();
    assertServes(rig);
    rig.host.close();
  }

  @Test
  void shouldFailOnABrokenModelOrConfiguration() {
    HostRig broken = new HostRig("fake:broken", 0);
    broken.addFormat();
    broken.settle();
    assertEquals(State.FAILED, broken.status.state());
    assertTrue(broken.status.message().contains("block 3 is torn"));
    broken.host.close();
    HostRig tooLong = new HostRig("fake:m", 401);
    tooLong.addFormat();
    tooLong.addFamily();
    tooLong.addTokenizer(new FakeTokenizer());
    tooLong.addPolicies();
    tooLong.settle();
    assertEquals(State.FAILED, tooLong.status.state());
    assertTrue(tooLong.status.message().contains("max.model.len is 401"));
    tooLong.host.close();
    assertEquals(0, tooLong.openFiles);
  }

  @Test
  void shouldServeOnWithAnotherScheduler() throws Exception {
    HostRig rig = HostRig.ready();
    rig.addDevice("d0", false);
    rig.settle();
    rig.services.schedulers.set(null);
    rig.host.schedulersChanged();
    Generation generation = rig.registered.orElseThrow().submit(request("w", 9), e -> {});
    rig.services.schedulers.set(Lease.<Scheduler>of("priority", PriorityScheduler::new));
    rig.host.schedulersChanged();
    generation.result().get(20, TimeUnit.SECONDS);
    assertServes(rig);
    rig.host.close();
  }

  @Test
  void shouldServeWithoutChatWhereTheTemplateIsBroken() throws Exception {
    HostRig rig = new HostRig("fake:m", 0);
    rig.addFormat();
    rig.addFamily();
    rig.addTokenizer(new FakeTokenizer(List.of(new ChatTemplateSource("default", "{% if"))));
    rig.addPolicies();
    rig.addDevice("d0", false);
    rig.services.templates.add(
        (source, tokenizer) -> {
          throw new ChatTemplateException("line 1: no end of if");
        },
        Map.of());
    rig.settle();
    assertTrue(rig.registered.orElseThrow().chatTemplate().isEmpty());
    assertServes(rig);
    rig.services.templates.add(
        (source, tokenizer) -> (messages, tools, prompt, variables) -> source,
        Map.of("service.ranking", 5));
    rig.settle();
    assertFalse(rig.registered.orElseThrow().chatTemplate().isEmpty());
    rig.host.close();
  }

  @Test
  void shouldReadSizesOfMemory() {
    assertEquals(0, KvSize.parse(" "));
    assertEquals(2L << 30, KvSize.parse("2g"));
    assertEquals(512L << 20, KvSize.parse("512 MiB"));
    assertEquals(1000, KvSize.parse("1000"));
    assertThrows(IllegalArgumentException.class, () -> KvSize.parse("-1g"));
    assertThrows(IllegalArgumentException.class, () -> KvSize.parse("much"));
  }
}
