package io.quire.http;

import io.quire.api.engine.Engine;
import io.quire.api.engine.ServedModel;
import io.quire.http.exchange.ApiException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The models there are at the moment; they come and go while requests run. */
public final class ModelDirectory {
  private static final int LOADING_RETRY_SECONDS = 2;
  private static final int WAITING_RETRY_SECONDS = 10;

  private final Supplier<Collection<Engine>> engines;
  private final Supplier<Collection<ServedModel>> served;

  /**
   * Creates one.
   *
   * @param engines the engines there are
   * @param served how far the configured models are
   */
  public ModelDirectory(
      Supplier<Collection<Engine>> engines, Supplier<Collection<ServedModel>> served) {
    this.engines = engines;
    this.served = served;
  }

  /** {@return the engines} */
  public List<Engine> engines() {
    return List.copyOf(engines.get());
  }

  /** {@return why models that are configured do not serve, a sentence each} */
  public List<String> obstacles() {
    return served.get().stream()
        .filter(model -> model.state() != ServedModel.State.READY)
        .map(ModelDirectory::describe)
        .toList();
  }

  /**
   * Finds the engine of a request.
   *
   * @param name the model asked for; empty for the only one there is
   * @return its engine
   * @throws ApiException 404 if there is no such model, 503 if it does not serve yet or any more,
   *     400 if the name is missing and needed
   */
  public Engine require(String name) {
    List<Engine> all = engines();
    if (name.isEmpty()) {
      if (all.size() == 1) {
        return all.getFirst();
      }
      throw all.isEmpty()
          ? unavailable()
          : ApiException.invalid(
              "model", "no model is named, and there are several; name one of: " + names(all));
    }
    return all.stream()
        .filter(engine -> engine.info().name().equals(name))
        .findFirst()
        .orElseThrow(() -> absent(name, all));
  }

  /** {@return 503, with what keeps the models} */
  public ApiException unavailable() {
    List<String> obstacles = obstacles();
    return ApiException.unavailable(
        WAITING_RETRY_SECONDS,
        obstacles.isEmpty()
            ? "no model is served; add one, for example with: quire serve MODEL"
            : String.join("; ", obstacles));
  }

  private ApiException absent(String name, List<Engine> all) {
    Optional<ServedModel> model =
        served.get().stream().filter(m -> m.name().equals(name)).findFirst();
    if (model.isEmpty()) {
      return ApiException.modelNotFound(
          "the model '"
              + shortened(name)
              + "' is not served here; "
              + (all.isEmpty() ? "no model is served now" : "served are: " + names(all)));
    }
    return ApiException.unavailable(
        switch (model.get().state()) {
          case LOADING, READY -> LOADING_RETRY_SECONDS;
          case WAITING, DRAINING -> WAITING_RETRY_SECONDS;
          case FAILED -> 0;
        },
        describe(model.get()));
  }

  private static String describe(ServedModel model) {
    String text =
        switch (model.state()) {
          case LOADING -> "is loading, " + Math.round(model.progress() * 100) + " % done";
          case WAITING -> "waits";
          case READY -> "is ready in a moment";
          case DRAINING -> "is stopping and takes no new requests";
          case FAILED -> "could not be loaded";
        };
    String message = model.message().isEmpty() ? "" : ": " + model.message();
    return "the model '" + model.name() + "' " + text + message;
  }

  private static String names(List<Engine> all) {
    return String.join(", ", all.stream().map(engine -> engine.info().name()).sorted().toList());
  }

  private static String shortened(String name) {
    return name.length() <= 200 ? name : name.substring(0, 200) + "...";
  }
}
