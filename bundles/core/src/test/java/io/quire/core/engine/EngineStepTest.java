package io.quire.core.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineStepTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldGenerateWhatTheModelSays(boolean asynchronous) {
    Rig rig = Rig.of(Rig.options(asynchronous, true), 64);
    GenerationRequest request =
        Rig.request("a", Rig.prompt(50, 1), 7).maxTokens(40).ignoreEnd(true).build();
    Rig.Events events = new Rig.Events();
    Generation generation = rig.engine.submit(request, events);
    rig.run();
    Rig.assertRight(request, generation);
    Generation.Result result = generation.result().join();
    assertEquals(40, result.choices().get(0).tokens().length);
    assertEquals(FinishReason.LENGTH, result.choices().get(0).reason());
    assertEquals(50, result.usage().promptTokens());
    assertEquals(40, result.usage().completionTokens());
    assertEquals(40, events.of(GenerationEvent.Delta.class).size());
    assertInstanceOf(GenerationEvent.Started.class, events.list.getFirst());
    assertInstanceOf(GenerationEvent.Completed.class, events.list.getLast());
    rig.assertNothingHeld();
    assertEquals(50, rig.engine.stats().promptTokens());
    assertEquals(40, rig.engine.stats().generationTokens());
  }

  @Test
  void shouldNotComputeATokenPastTheLimit() {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    rig.submit(Rig.request("a", Rig.prompt(4, 1), 7).maxTokens(5).ignoreEnd(true).build());
    rig.run();
    assertEquals(5, rig.engine.stats().steps());
    assertEquals(5, rig.plan.submitted);
  }

  @Test
  void shouldRunManyAtOnce() {
    Rig rig = Rig.of(Rig.options(true, true), 60);
    List<GenerationRequest> requests = new ArrayList<>();
    List<Generation> generations = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      requests.add(
          Rig.request("r" + i, Rig.prompt(1 + i * 3 % 40, i), i).maxTokens(1 + i * 5 % 60).build());
      generations.add(rig.submit(requests.get(i)));
    }
    rig.run();
    for (int i = 0; i < 30; i++) {
      Rig.assertRight(requests.get(i), generations.get(i));
    }
    rig.assertNothingHeld();
  }

  @Test
  void shouldComputeAgainWhatWasPreempted() {
    Rig rig = Rig.of(Rig.options(true, false), 30);
    List<GenerationRequest> requests = new ArrayList<>();
    List<Generation> generations = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      requests.add(Rig.request("r" + i, Rig.prompt(8, i), i).maxTokens(80).ignoreEnd(true).build());
      generations.add(rig.submit(requests.get(i)));
    }
    rig.run();
    assertTrue(rig.engine.stats().preemptions() > 0);
    for (int i = 0; i < 8; i++) {
      Rig.assertRight(requests.get(i), generations.get(i));
    }
    rig.assertNothingHeld();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 37})
  void shouldForkChoicesAfterOnePrefill(int maxTokens) {
    Rig rig = Rig.of(Rig.options(true, true), 120);
    GenerationRequest request =
        Rig.request("a", Rig.prompt(42, 3), 11).maxTokens(maxTokens).choices(5).build();
    Generation generation = rig.submit(request);
    rig.run();
    Rig.assertRight(request, generation);
    assertEquals(42, rig.engine.stats().promptTokens());
    rig.assertNothingHeld();
  }

  @Test
  void shouldReuseTheBlocksOfAnEqualPrefix() {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    GenerationRequest first = Rig.request("a", Rig.prompt(50, 1), 7).maxTokens(3).build();
    GenerationRequest second = Rig.request("b", Rig.prompt(50, 1), 8).maxTokens(3).build();
    GenerationRequest salted =
        Rig.request("c", Rig.prompt(50, 1), 8).maxTokens(3).cacheSalt("x").build();
    rig.submit(first);
    rig.run();
    Generation generation = rig.submit(second);
    Generation other = rig.submit(salted);
    rig.run();
    Rig.assertRight(second, generation);
    assertEquals(48, generation.result().join().usage().cachedTokens());
    assertEquals(0, other.result().join().usage().cachedTokens());
  }

  @Test
  void shouldEndAtStopStringsAndTokens() {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    GenerationRequest plain =
        Rig.request("a", Rig.prompt(9, 5), 1).maxTokens(30).ignoreEnd(true).build();
    int[] tokens = Oracle.of(plain, 0).tokens();
    String text = new FakeTokenizer().decode(tokens, true);
    GenerationRequest byText =
        Rig.request("b", Rig.prompt(9, 5), 1)
            .maxTokens(30)
            .ignoreEnd(true)
            .stop(List.of(text.substring(6, 8)), false)
            .build();
    GenerationRequest byToken =
        Rig.request("c", Rig.prompt(9, 5), 1)
            .maxTokens(30)
            .ignoreEnd(true)
            .stopTokens(List.of(tokens[9]))
            .build();
    Generation text1 = rig.submit(byText);
    Generation token1 = rig.submit(byToken);
    rig.run();
    Rig.assertRight(byText, text1);
    Rig.assertRight(byToken, token1);
    Generation.Choice choice = text1.result().join().choices().get(0);
    assertEquals(Optional.of(text.substring(6, 8)), choice.stop());
    assertTrue(text.startsWith(choice.text()));
    assertFalse(choice.text().contains(text.substring(6, 8)));
    rig.assertNothingHeld();
  }

  @Test
  void shouldNotEndBeforeTheLeastTokens() {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    List<Integer> many = new ArrayList<>();
    for (int i = 4; i < 260; i++) {
      many.add(i);
    }
    GenerationRequest request =
        Rig.request("a", Rig.prompt(9, 5), 1)
            .maxTokens(60)
            .minTokens(20)
            .stopTokens(many)
            .stop(List.of("a", "b", "c", "d"), false)
            .build();
    Generation generation = rig.submit(request);
    rig.run();
    Rig.assertRight(request, generation);
    assertTrue(generation.result().join().choices().get(0).tokens().length >= 20);
  }

  @Test
  void shouldScoreAPromptWithoutGenerating() {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    int[] prompt = Rig.prompt(70, 5);
    for (int i = 0; i < 2; i++) {
      Generation generation =
          rig.submit(Rig.request("a", prompt, 1).maxTokens(0).promptLogprobs(true).build());
      rig.run();
      Generation.Result result = generation.result().join();
      assertEquals(70, result.promptScores().size());
      assertTrue(Float.isNaN(result.promptScores().get(0).logprob()));
      for (int p = 1; p < 70; p++) {
        assertEquals(prompt[p], result.promptScores().get(p).token());
        assertEquals(FakeModel.logprob(prompt[p]), result.promptScores().get(p).logprob());
      }
      assertEquals(FinishReason.LENGTH, result.choices().get(0).reason());
      assertEquals(0, result.usage().completionTokens());
      assertEquals(0, result.usage().cachedTokens());
    }
    rig.assertNothingHeld();
  }

  @Test
  void shouldReportScoresOfTokens() {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    GenerationRequest request =
        GenerationRequest.builder("a", new io.quire.api.engine.Prompt.Tokens(Rig.prompt(6, 2)))
            .sampling(Rig.sampling(3, 2))
            .maxTokens(10)
            .choices(2)
            .ignoreEnd(true)
            .promptLogprobs(true)
            .build();
    Generation generation = rig.submit(request);
    rig.run();
    Rig.assertRight(request, generation);
    Generation.Choice choice = generation.result().join().choices().get(1);
    assertArrayEquals(choice.tokens(), choice.scores().stream().mapToInt(s -> s.token()).toArray());
    assertEquals(2, choice.scores().get(4).top().size());
    assertEquals(choice.tokens()[4], choice.scores().get(4).top().get(0).token());
    assertEquals(6, generation.result().join().promptScores().size());
  }

  @Test
  void shouldAbortWithinTwoSteps() {
    Rig rig = Rig.of(Rig.options(true, true), 64);
    GenerationRequest request =
        Rig.request("a", Rig.prompt(6, 2), 4).maxTokens(100).choices(3).ignoreEnd(true).build();
    Generation generation = rig.submit(request);
    for (int i = 0; i < 10; i++) {
      rig.step();
    }
    assertTrue(rig.engine.abort("a"));
    assertFalse(rig.engine.abort("a"));
    rig.step();
    rig.step();
    Rig.assertRight(request, generation);
    assertEquals(FinishReason.ABORT, generation.result().join().choices().get(2).reason());
    assertFalse(rig.engine.abort("a"));
    rig.run();
    rig.assertNothingHeld();
  }
}
