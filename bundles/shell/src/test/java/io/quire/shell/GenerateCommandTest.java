package io.quire.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationListener;
import io.quire.api.engine.Prompt;
import io.quire.api.engine.Usage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class GenerateCommandTest {
  private final Models models = new Models();
  private final FakeSession session = new FakeSession();

  static void tell(GenerationListener listener, String... texts) {
    listener.onEvent(new GenerationEvent.Started(new int[] {1, 2}, List.of()));
    for (String text : texts) {
      listener.onEvent(new GenerationEvent.Delta(0, text, new int[] {3}, List.of()));
    }
    listener.onEvent(new GenerationEvent.Finished(0, FinishReason.LENGTH, Optional.empty()));
    listener.onEvent(new GenerationEvent.Completed(new Usage(2, 1, texts.length)));
  }

  @Test
  void shouldStreamTextAndReturnTheResult() throws Exception {
    FakeEngine engine =
        new FakeEngine("m", (request, listener) -> tell(listener, "one", " two\n", "\u001b[2J"));
    models.addEngine(engine);
    var result = new GenerateCommand(models).generate(session.session(), "m", "count", 3);
    assertEquals("one two\n?[2J" + System.lineSeparator(), session.printed());
    assertEquals("one two\n\u001b[2J", result.text());
    assertEquals(FinishReason.LENGTH, result.reason());
    String summary = result.toString();
    assertTrue(
        summary.startsWith("[2 prompt tokens (1 cached), 3 output tokens, LENGTH, "), summary);
    var request = engine.submitted.take();
    assertEquals(3, request.maxTokens());
    assertEquals(new Prompt.Text("count", true, true), request.prompt());
  }

  @Test
  void shouldReportAFailedGeneration() {
    EngineException lost =
        new EngineException(EngineException.Kind.UNAVAILABLE, "", 2, "no device is left");
    models.addEngine(
        new FakeEngine(
            "m", (request, listener) -> listener.onEvent(new GenerationEvent.Failed(lost))));
    ShellException e =
        assertThrows(
            ShellException.class,
            () -> new GenerateCommand(models).generate(session.session(), "m", "x"));
    assertEquals("the generation failed: no device is left", e.getMessage());
  }

  @Test
  void shouldCancelTheRequestWhenInterrupted() throws Exception {
    FakeEngine engine = FakeEngine.named("m");
    models.addEngine(engine);
    FutureTask<Object> task =
        new FutureTask<>(() -> new GenerateCommand(models).generate(session.session(), "m", "x"));
    Thread thread = Thread.ofPlatform().name("test-generate").start(task);
    engine.submitted.take();
    thread.interrupt();
    ExecutionException e = assertThrows(ExecutionException.class, task::get);
    assertInstanceOf(InterruptedException.class, e.getCause());
    engine.cancelled.await();
  }
}
