package io.quire.shell;

import static io.quire.shell.Table.Column.number;
import static io.quire.shell.Table.Column.text;

import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineStats;
import io.quire.api.engine.ServedModel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Models: what is served, and bringing them in and out. */
@Component(service = ModelCommands.class)
@GogoCommand(
    scope = "quire",
    function = {"models", "load", "unload"})
public final class ModelCommands {
  private static final String TIMEOUT = "most seconds to wait; default 600";

  /** The contract announces no event for a failure, so states are looked at this often too. */
  private static final long LOOK_MILLIS = 200;

  /** What a model waits for comes soon, as while bundles start, or by somebody's hand. */
  private static final long PATIENCE_NANOS = 3_000_000_000L;

  private final Models models;
  private final ModelConfigurations configurations;

  /**
   * Creates the commands.
   *
   * @param models what is served
   * @param configurations what is configured
   */
  @Activate
  public ModelCommands(@Reference Models models, @Reference ModelConfigurations configurations) {
    this.models = models;
    this.configurations = configurations;
  }

  /**
   * A model that is configured.
   *
   * @param name the name that clients use
   * @param state how far it is
   * @param message what it does or why it does not; may be empty
   * @param location where it is loaded from
   * @param architecture its family; empty unless it is ready
   * @param maxModelLength most tokens of a sequence; 0 unless it is ready
   * @param bytes size of its weights; 0 unless it is ready
   * @param running requests that run
   * @param waiting requests that wait
   */
  public record ModelRow(
      String name,
      ServedModel.State state,
      String message,
      String location,
      String architecture,
      int maxModelLength,
      long bytes,
      int running,
      int waiting) {}

  /** {@return the models} */
  @Descriptor("models that are configured: state, size of the weights, longest sequence, requests")
  public Table<ModelRow> models() {
    return table(models.served().stream().map(this::row).toList());
  }

  private static Table<ModelRow> table(List<ModelRow> rows) {
    return Table.of(
        "no models; bring one in with: load NAME LOCATION",
        rows,
        text("MODEL", ModelRow::name),
        text("STATE", ModelRow::state),
        text("FAMILY", row -> row.architecture().isEmpty() ? "-" : row.architecture()),
        number("WEIGHTS", row -> row.bytes() == 0 ? "-" : Units.bytes(row.bytes())),
        number("MAX TOKENS", row -> row.maxModelLength() == 0 ? "-" : row.maxModelLength()),
        number("RUNNING", ModelRow::running),
        number("WAITING", ModelRow::waiting),
        text("LOCATION", ModelRow::location),
        text("", ModelRow::message));
  }

  private ModelRow row(ServedModel model) {
    Optional<Engine> engine = engine(model.name());
    Optional<EngineStats> stats = engine.map(Engine::stats);
    return new ModelRow(
        model.name(),
        model.state(),
        model.message(),
        model.location(),
        engine.map(e -> e.info().architecture()).orElse(""),
        engine.map(e -> e.info().maxModelLength()).orElse(0),
        engine.map(e -> e.info().bytes()).orElse(0L),
        stats.map(EngineStats::running).orElse(0),
        stats.map(EngineStats::waiting).orElse(0));
  }

  private Optional<Engine> engine(String name) {
    return models.engines().stream().filter(e -> e.info().name().equals(name)).findFirst();
  }

  private Optional<ServedModel> served(String name) {
    return models.served().stream().filter(model -> model.name().equals(name)).findFirst();
  }

  /**
   * Brings a model in.
   *
   * @param session where progress is shown
   * @param timeout most seconds to wait
   * @param name the name that clients will use
   * @param location a file, a folder or {@code random:SHAPE}
   * @param options further properties of its configuration, {@code key=value}
   * @return the model, ready
   * @throws ShellException if it fails, waits for a service for three seconds, or takes too long;
   *     its configuration stays
   * @throws IOException if the configuration cannot be stored
   * @throws InterruptedException if the session ends; the model is loaded nevertheless
   */
  @Descriptor("brings a model in and waits until it serves")
  public Table<ModelRow> load(
      CommandSession session,
      @Descriptor(TIMEOUT)
          @Parameter(
              names = {"-t", "--timeout"},
              absentValue = "600")
          int timeout,
      @Descriptor("the name that clients will use") String name,
      @Descriptor("a .gguf file, a Hugging Face folder, or random:SHAPE") String location,
      @Descriptor("properties of the configuration, such as max.num.seqs=8") String... options)
      throws IOException, InterruptedException {
    if (served(name).isPresent()) {
      throw new ShellException(
          "the model "
              + name
              + " is there already, from "
              + served(name).get().location()
              + "; choose another name, or first: unload "
              + name);
    }
    configurations.create(name, location, List.of(options));
    String state = awaitLoaded(session, name, timeout);
    if (!state.isEmpty()) {
      throw new ShellException(
          "the model "
              + name
              + " does not serve: "
              + state
              + ". Its configuration stays; remove"
              + " it with: unload "
              + name);
    }
    return table(served(name).map(this::row).stream().toList());
  }

  /** Waits, and returns why the model does not serve, or nothing if it does. */
  private String awaitLoaded(CommandSession session, String name, int timeout)
      throws InterruptedException {
    long end = System.nanoTime() + timeout * 1_000_000_000L;
    String shown = "";
    long moved = System.nanoTime();
    while (true) {
      long seen = models.changes();
      Optional<ServedModel> model = served(name);
      String state = model.map(Models::describe).orElse("no bundle has taken its configuration up");
      ServedModel.State at = model.map(ServedModel::state).orElse(ServedModel.State.LOADING);
      if (at == ServedModel.State.FAILED) {
        return state;
      }
      if (engine(name).isPresent()) {
        return "";
      }
      if (at != ServedModel.State.WAITING) {
        moved = System.nanoTime();
      }
      if (System.nanoTime() - end >= 0 || System.nanoTime() - moved > PATIENCE_NANOS) {
        return state + "; it will serve as soon as it can";
      }
      if (!state.equals(shown) && model.isPresent()) {
        session.getConsole().println(Units.printable(name + " " + state, false));
        shown = state;
      }
      models.awaitChange(seen, LOOK_MILLIS);
    }
  }

  /**
   * Takes a model out: requests that run end first.
   *
   * @param timeout most seconds to wait
   * @param name the model
   * @return what happened
   * @throws IOException if the configuration cannot be deleted
   * @throws InterruptedException if the session ends; the model leaves nevertheless
   */
  @Descriptor("takes a model out: what runs is finished first")
  public String unload(
      @Descriptor(TIMEOUT)
          @Parameter(
              names = {"-t", "--timeout"},
              absentValue = "600")
          int timeout,
      @Descriptor("the model, see models") String name)
      throws IOException, InterruptedException {
    String found = models.model(name).name();
    configurations.delete(found);
    long end = System.nanoTime() + timeout * 1_000_000_000L;
    while (true) {
      long seen = models.changes();
      if (served(found).isEmpty() && engine(found).isEmpty()) {
        return "the model " + found + " has left";
      }
      if (System.nanoTime() - end >= 0) {
        throw new ShellException(
            "the model "
                + found
                + " has not left after "
                + timeout
                + " s; "
                + engine(found).map(e -> e.stats().running()).orElse(0)
                + " requests still run, list them with: requests "
                + found);
      }
      models.awaitChange(seen, LOOK_MILLIS);
    }
  }
}
