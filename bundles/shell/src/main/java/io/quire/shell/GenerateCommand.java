package io.quire.shell;

import io.quire.api.engine.EngineException;
import io.quire.api.engine.FinishReason;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.api.engine.Usage;
import java.io.PrintStream;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Process;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Text from a model. */
@Component(service = GenerateCommand.class)
@GogoCommand(scope = "quire", function = "generate")
public final class GenerateCommand {
  private static final int MAX_TOKENS = 128;

  private final Models models;

  /**
   * Creates the command.
   *
   * @param models what is served
   */
  @Activate
  public GenerateCommand(@Reference Models models) {
    this.models = models;
  }

  /**
   * What was generated. Its text is on the console already, so only the rest is shown.
   *
   * @param model the model
   * @param text the text
   * @param reason why it ended
   * @param usage tokens
   * @param seconds from the request to the end
   */
  public record Generated(
      String model, String text, FinishReason reason, Usage usage, double seconds) {
    @Override
    public String toString() {
      return "["
          + usage.promptTokens()
          + " prompt tokens ("
          + usage.cachedTokens()
          + " cached), "
          + usage.completionTokens()
          + " output tokens, "
          + reason
          + ", "
          + Units.seconds(seconds)
          + "]";
    }
  }

  /**
   * Continues a prompt, greedily, with 128 tokens at most.
   *
   * @param session where the text is shown as it comes
   * @param model the model
   * @param prompt the text to continue
   * @return what was generated
   * @throws InterruptedException if the session ends; the request is cancelled then
   */
  @Descriptor("continues a prompt, taking the best token each time, 128 at most")
  public Generated generate(
      CommandSession session,
      @Descriptor("the model, see models") String model,
      @Descriptor("the text to continue") String prompt)
      throws InterruptedException {
    return generate(session, model, prompt, MAX_TOKENS);
  }

  /**
   * Continues a prompt, greedily.
   *
   * @param session where the text is shown as it comes
   * @param model the model
   * @param prompt the text to continue
   * @param maxTokens most output tokens
   * @return what was generated
   * @throws InterruptedException if the session ends; the request is cancelled then
   */
  @Descriptor("continues a prompt, taking the best token each time")
  public Generated generate(
      CommandSession session,
      @Descriptor("the model, see models") String model,
      @Descriptor("the text to continue") String prompt,
      @Descriptor("most output tokens") int maxTokens)
      throws InterruptedException {
    Process process = Process.Utils.current();
    PrintStream out = process == null ? session.getConsole() : process.out();
    GenerationRequest request =
        GenerationRequest.builder("shell-" + UUID.randomUUID(), new Prompt.Text(prompt, true, true))
            .maxTokens(maxTokens)
            .build();
    BlockingQueue<GenerationEvent> events = new LinkedBlockingQueue<>();
    var engine = models.engine(model);
    long start = System.nanoTime();
    Generation generation = engine.submit(request, events::add);
    try {
      return show(engine.info().name(), events, out, start);
    } catch (InterruptedException e) {
      generation.cancel();
      throw e;
    }
  }

  private static Generated show(
      String model, BlockingQueue<GenerationEvent> events, PrintStream out, long start)
      throws InterruptedException {
    StringBuilder text = new StringBuilder();
    FinishReason reason = FinishReason.ABORT;
    while (true) {
      switch (events.take()) {
        case GenerationEvent.Started ignored -> out.flush();
        case GenerationEvent.Delta delta -> {
          text.append(delta.text());
          out.print(Units.printable(delta.text(), true));
          out.flush();
        }
        case GenerationEvent.Finished finished -> reason = finished.reason();
        case GenerationEvent.Completed completed -> {
          out.println();
          double seconds = (System.nanoTime() - start) / 1e9;
          return new Generated(model, text.toString(), reason, completed.usage(), seconds);
        }
        case GenerationEvent.Failed failed -> {
          out.println();
          throw failure(failed.error());
        }
      }
    }
  }

  private static ShellException failure(EngineException error) {
    return new ShellException("the generation failed: " + error.getMessage());
  }
}
