package io.quire.shell;

import static io.quire.shell.Table.Column.number;
import static io.quire.shell.Table.Column.text;

import io.quire.api.engine.Engine;
import io.quire.api.engine.RequestInfo;
import java.util.List;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Requests that wait or run. */
@Component(service = RequestCommands.class)
@GogoCommand(
    scope = "quire",
    function = {"requests", "abort"})
public final class RequestCommands {
  /** Most ids that an error lists. */
  private static final int LISTED = 20;

  private final Models models;

  /**
   * Creates the commands.
   *
   * @param models what is served
   */
  @Activate
  public RequestCommands(@Reference Models models) {
    this.models = models;
  }

  /**
   * A request.
   *
   * @param model the model it is for
   * @param info the request
   */
  public record RequestRow(String model, RequestInfo info) {}

  /** {@return the requests of all models} */
  @Descriptor("requests that wait or run, of all models, oldest first")
  public Table<RequestRow> requests() {
    return table(models.engines());
  }

  /**
   * Lists one model's requests.
   *
   * @param model the model
   * @return its requests
   */
  @Descriptor("requests that wait or run, oldest first")
  public Table<RequestRow> requests(@Descriptor("the model, see models") String model) {
    return table(List.of(models.engine(model)));
  }

  private static Table<RequestRow> table(List<Engine> engines) {
    return Table.of(
        "no requests",
        rows(engines),
        text("REQUEST", row -> row.info().id()),
        text("MODEL", RequestRow::model),
        text("STATE", row -> row.info().state()),
        number("PROMPT", row -> row.info().promptTokens()),
        number("OUTPUT", row -> row.info().outputTokens()),
        number("CHOICES", row -> row.info().choices()),
        number("PRIORITY", row -> row.info().priority()),
        number("AGE", row -> Units.seconds(row.info().ageSeconds())));
  }

  private static List<RequestRow> rows(List<Engine> engines) {
    return engines.stream()
        .flatMap(
            engine -> engine.requests().stream().map(r -> new RequestRow(engine.info().name(), r)))
        .toList();
  }

  /**
   * Cancels a request.
   *
   * @param id the request's id
   * @return what happened
   */
  @Descriptor("cancels a request")
  public String abort(@Descriptor("the request's id, see requests") String id) {
    for (Engine engine : models.engines()) {
      if (engine.abort(id)) {
        return "request " + id + " of " + engine.info().name() + " is cancelled";
      }
    }
    List<String> ids = rows(models.engines()).stream().map(row -> row.info().id()).toList();
    throw Models.unknown("request", id, ids.subList(0, Math.min(ids.size(), LISTED)));
  }
}
