package io.quire.terminal;

import io.quire.api.device.SamplingParams;
import io.quire.api.engine.Engine;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationEvent;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * {@code quire run}: a conversation in the terminal with the first model that is ready. A base
 * model without a chat template continues each line as it stands. The end of input stops the
 * framework.
 */
@Component(
    immediate = true,
    service = {})
public final class Chat {
  private static final String PROPERTY = "quire.chat";

  private final Engine engine;
  private final BundleContext context;
  private final PrintStream out = System.out;
  private final List<Map<String, Object>> messages = new ArrayList<>();
  private volatile boolean stopped;

  /**
   * Starts the conversation if the launcher asked for one.
   *
   * @param context to read that wish, and to stop the framework
   * @param engine answers
   */
  @Activate
  public Chat(BundleContext context, @Reference Engine engine) {
    this.engine = engine;
    this.context = context;
    if (Boolean.parseBoolean(context.getProperty(PROPERTY))) {
      Thread.ofPlatform().daemon().name("quire-chat").start(this::converse);
    }
  }

  @Deactivate
  void stop() {
    stopped = true;
  }

  private void converse() {
    Charset charset =
        System.console() == null ? Charset.defaultCharset() : System.console().charset();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, charset));
    try {
      for (String line = ask(in); line != null && !stopped; line = ask(in)) {
        if (!line.isBlank()) {
          answer(line);
        }
      }
      if (!stopped) {
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).stop();
      }
    } catch (IOException | BundleException e) {
      System.err.println("quire: " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String ask(BufferedReader in) throws IOException {
    out.print("> ");
    out.flush();
    return in.readLine();
  }

  private void answer(String line) throws InterruptedException {
    messages.add(Map.of("role", "user", "content", line));
    try {
      Generation generation = engine.submit(request(line), this::show);
      String text = generation.result().get().choices().getFirst().text();
      messages.add(Map.of("role", "assistant", "content", text));
    } catch (ExecutionException e) {
      messages.removeLast();
      System.err.println("quire: " + e.getCause().getMessage());
    } catch (RuntimeException e) {
      messages.removeLast();
      System.err.println("quire: " + e.getMessage());
    }
    out.println();
  }

  private GenerationRequest request(String line) {
    Prompt prompt =
        engine
            .chatTemplate()
            .<Prompt>map(
                t -> new Prompt.Text(t.render(messages, List.of(), true, Map.of()), false, true))
            .orElseGet(() -> new Prompt.Text(line, true, false));
    SamplingParams sampling =
        new SamplingParams(0.7f, 0, 0.95f, 0, 1, 0, 0, Map.of(), System.nanoTime(), -1);
    return GenerationRequest.builder("chat-" + messages.size(), prompt)
        .sampling(sampling)
        .maxTokens(-1)
        .build();
  }

  private void show(GenerationEvent event) {
    if (event instanceof GenerationEvent.Delta delta) {
      out.print(delta.text());
      out.flush();
    }
  }
}
