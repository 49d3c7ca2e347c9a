package io.quire.terminal;

import io.quire.api.engine.ServedModel;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Says on standard error how models come up: a bar on a terminal, a line per change elsewhere. */
@Component(
    immediate = true,
    service = {})
public final class ModelProgress {
  private static final int WIDTH = 30;
  private static final long REFRESH_MILLIS = 100;

  private final Map<ServedModel, String> shown = new ConcurrentHashMap<>();
  private final PrintStream err = System.err;
  private final boolean terminal =
      Optional.ofNullable(System.console()).filter(c -> c.isTerminal()).isPresent();
  private final BundleContext context;
  private final String url;
  private final ScheduledExecutorService display;

  /**
   * Starts the display.
   *
   * @param context to read where the server listens
   */
  @Activate
  public ModelProgress(BundleContext context) {
    this.context = context;
    url = Optional.ofNullable(context.getProperty("quire.url")).orElse("");
    display =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("quire-progress").factory());
    display.scheduleWithFixedDelay(this::refresh, 0, REFRESH_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Deactivate
  void stop() {
    display.shutdownNow();
  }

  /**
   * A model is on its way.
   *
   * @param model the model
   */
  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addModel(ServedModel model) {
    shown.put(model, "");
  }

  void removeModel(ServedModel model) {
    shown.remove(model);
  }

  private void refresh() {
    for (Map.Entry<ServedModel, String> entry : shown.entrySet()) {
      String line = line(entry.getKey());
      if (!line.equals(entry.getValue()) && entry.setValue(line) != null) {
        show(entry.getKey().state(), line);
      }
    }
  }

  private void show(ServedModel.State state, String text) {
    boolean ready = state == ServedModel.State.READY && listening();
    boolean open =
        state == ServedModel.State.LOADING || (state == ServedModel.State.READY && !ready);
    String line = ready ? text + uptime() : text;
    if (terminal) {
      err.print("\r\u001b[K" + line + (open ? "" : System.lineSeparator()));
    } else if (!open) {
      err.println(line);
    }
    err.flush();
  }

  private String line(ServedModel model) {
    return switch (model.state()) {
      case LOADING -> bar(model.progress()) + " loading " + model.name() + " " + model.message();
      case WAITING -> model.name() + " waits: " + model.message();
      case READY -> listening() ? ready(model.name()) : bar(1) + " " + model.name() + " is loaded";
      case DRAINING -> model.name() + " finishes what runs";
      case FAILED -> model.name() + " cannot be served: " + model.message();
    };
  }

  /** Whether a web server, if one is wanted, has taken a servlet in. */
  private boolean listening() {
    if (url.isEmpty()) {
      return true;
    }
    try {
      ServiceReference<?>[] servlets =
          context.getAllServiceReferences(
              "jakarta.servlet.Servlet", "(osgi.http.whiteboard.servlet.pattern=*)");
      return servlets != null && Arrays.stream(servlets).anyMatch(s -> s.getUsingBundles() != null);
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException("the filter is a constant", e);
    }
  }

  private String ready(String model) {
    return url.isEmpty() ? model + " is ready" : "serving " + model + " at " + url + "/v1";
  }

  private static String uptime() {
    double seconds = ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
    return String.format(Locale.ROOT, ", %.1f s after the start", seconds);
  }

  private static String bar(double progress) {
    int done = (int) Math.round(WIDTH * Math.clamp(progress, 0, 1));
    return "[" + "#".repeat(done) + " ".repeat(WIDTH - done) + "]";
  }
}
