package io.quire.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.SamplingParams;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.GenerationRequest.Builder;
import io.quire.api.engine.Prompt;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AdmissionTest {
  static Stream<Arguments> wrong() {
    return Stream.of(
        wrong("n", b -> b.choices(0), "between 1 and 8"),
        wrong("n", b -> b.choices(9), "n is 9"),
        wrong("max_tokens", b -> b.maxTokens(-2), "-2"),
        wrong("max_tokens", b -> b.maxTokens(198), "together 201"),
        wrong("max_tokens", b -> b.maxTokens(Integer.MAX_VALUE), "Lower max_tokens to 197"),
        wrong("max_tokens", b -> b.maxTokens(178), "holds 180"),
        wrong("min_tokens", b -> b.minTokens(-1), "-1"),
        wrong("min_tokens", b -> b.minTokens(17), "min_tokens is 17"),
        wrong("min_tokens", b -> b.maxTokens(-1).minTokens(178), "only 177 fit"),
        wrong("stop", b -> b.stop(List.of(""), false), "0 characters"),
        wrong("stop", b -> b.stop(Collections.nCopies(17, "x"), false), "17 stop strings"),
        wrong("stop_token_ids", b -> b.stopTokens(List.of(512)), "token 512"),
        wrong("stop_token_ids", b -> b.stopTokens(Collections.nCopies(257, 1)), "257"),
        wrong("logprobs", b -> b.sampling(Rig.sampling(1, 6)), "logprobs is 6"),
        wrong("logit_bias", b -> b.sampling(bias(-1)), "token -1"));
  }

  private static SamplingParams bias(int token) {
    return new SamplingParams(1, 0, 1, 0, 1, 0, 0, Map.of(token, 1f), 0, -1);
  }

  private static Arguments wrong(String parameter, UnaryOperator<Builder> change, String message) {
    return Arguments.of(parameter, change, message);
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void shouldRefuseAWrongValueByName(
      String parameter, UnaryOperator<Builder> change, String message) {
    Rig rig = Rig.of(Rig.options(true, true), 45);
    EngineException e =
        assertThrows(
            EngineException.class,
            () -> rig.submit(change.apply(Rig.request("a", Rig.prompt(3, 1), 1)).build()));
    assertEquals(EngineException.Kind.INVALID_REQUEST, e.kind());
    assertEquals(parameter, e.parameter());
    assertTrue(e.getMessage().contains(message), e.getMessage());
    rig.run();
    rig.assertNothingHeld();
  }

  @ParameterizedTest
  @MethodSource("prompts")
  void shouldRefuseAPromptThatCannotRun(int[] prompt, String message) {
    Rig rig = Rig.of(Rig.options(true, true), 45);
    EngineException e =
        assertThrows(EngineException.class, () -> rig.submit(Rig.request("a", prompt, 1).build()));
    assertEquals("prompt", e.parameter());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }

  static Stream<Arguments> prompts() {
    return Stream.of(
        Arguments.of(new int[0], "no token"),
        Arguments.of(new int[] {3, 512}, "token 512"),
        Arguments.of(new int[] {-1}, "token -1"),
        Arguments.of(Rig.prompt(200, 1), "context of 200"),
        Arguments.of(Rig.prompt(180, 1), "holds 180"));
  }

  @Test
  void shouldGenerateAsManyAsFit() {
    Rig rig = Rig.of(Rig.options(true, true), 45);
    Generation generation =
        rig.submit(Rig.request("a", Rig.prompt(100, 1), 1).maxTokens(-1).ignoreEnd(true).build());
    rig.run();
    assertEquals(80, generation.result().join().choices().get(0).tokens().length);
    rig.assertNothingHeld();
  }

  @Test
  void shouldRefuseTheSameIdTwice() {
    Rig rig = Rig.of(Rig.options(true, true), 45);
    rig.submit(Rig.request("a", Rig.prompt(3, 1), 1).build());
    EngineException e =
        assertThrows(
            EngineException.class, () -> rig.submit(Rig.request("a", Rig.prompt(3, 1), 1).build()));
    assertEquals("request_id", e.parameter());
    rig.run();
    Generation again = rig.submit(Rig.request("a", Rig.prompt(3, 1), 1).build());
    rig.run();
    assertTrue(again.result().isDone());
    rig.assertNothingHeld();
  }

  @Test
  void shouldRefuseWhenTooManyWait() {
    EngineOptions few =
        new EngineOptions(
            200, 2, 32, 4, 5, 3, true, "", Duration.ofSeconds(9), Duration.ofSeconds(60), true);
    Rig rig = Rig.of(few, 45);
    for (int i = 0; i < 3; i++) {
      rig.submit(Rig.request("r" + i, Rig.prompt(3, 1), 1).build());
    }
    GenerationRequest late = Rig.request("late", Rig.prompt(3, 1), 1).build();
    EngineException e = assertThrows(EngineException.class, () -> rig.submit(late));
    assertEquals(EngineException.Kind.QUEUE_FULL, e.kind());
    assertTrue(e.retryAfterSeconds() >= 1);
    rig.step();
    Generation generation = rig.submit(late);
    rig.run();
    Rig.assertRight(late, generation);
    rig.assertNothingHeld();
  }

  @Test
  void shouldTakeTextPrompts() {
    Rig rig = Rig.of(Rig.options(true, true), 45);
    Generation generation =
        rig.submit(GenerationRequest.builder("a", new Prompt.Text("hello", true, false)).build());
    rig.run();
    assertEquals(5, generation.result().join().usage().promptTokens());
  }
}
