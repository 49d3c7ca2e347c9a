package io.quire.http;

import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.ApiKeys;
import io.quire.http.exchange.Bodies;
import io.quire.http.exchange.ClientWatch;
import io.quire.http.exchange.Exchange;
import io.quire.http.exchange.Origins;
import io.quire.http.generate.Completions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/**
 * The API behind the servlet. Each request gets a virtual thread of its own, which may wait for
 * bodies, tokens and slow readers without holding one of the container's.
 */
final class Api {
  private static final System.Logger LOG = System.getLogger(Api.class.getName());
  private static final Set<String> OPEN = Set.of("/health", "/ping", "/version");
  private static final int BUSY_RETRY_SECONDS = 1;

  private final ClientWatch watch = new ClientWatch();
  private final Routes routes = new Routes();
  private final Settings settings;
  private final LongSupplier random;
  private final ApiKeys keys;
  private final Origins origins;
  private final Semaphore places;

  /**
   * Creates it.
   *
   * @param settings the configuration
   * @param models the models there are
   * @param version what {@code /version} says
   * @param random ids, and seeds for requests that bring none; called by several threads
   * @param clock the time
   */
  Api(
      Settings settings,
      ModelDirectory models,
      String version,
      LongSupplier random,
      InstantSource clock) {
    this.settings = settings;
    this.random = random;
    keys = new ApiKeys(settings.keyFile());
    origins = new Origins(settings.origins());
    places = new Semaphore(settings.maxRequests());
    Bodies bodies = new Bodies();
    new ModelRoutes(models, bodies, version).addTo(routes);
    Completions completions =
        new Completions(models::require, random, clock, settings.heartbeat(), bodies);
    routes
        .add("POST", "/v1/completions", (exchange, rest) -> completions.complete(exchange))
        .add("POST", "/v1/chat/completions", (exchange, rest) -> completions.chat(exchange));
  }

  /** Takes a request over and returns at once. */
  void accept(HttpServletRequest request, HttpServletResponse response) {
    HexFormat hex = HexFormat.of();
    String id = hex.toHexDigits(random.getAsLong()) + hex.toHexDigits(random.getAsLong());
    boolean preflight = origins.apply(request, response);
    Exchange exchange = new Exchange(request, response, watch, settings.stall(), id);
    Thread.ofVirtual().name("quire-http-" + id).start(() -> run(exchange, preflight));
  }

  private void run(Exchange exchange, boolean preflight) {
    long start = System.nanoTime();
    try {
      if (preflight) {
        exchange.send(204);
      } else {
        answer(exchange);
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, () -> exchange.id() + ": the client has gone: " + e);
    } finally {
      exchange.end();
      long millis = (System.nanoTime() - start) / 1_000_000;
      LOG.log(
          System.Logger.Level.DEBUG,
          () ->
              exchange.id()
                  + " "
                  + exchange.method()
                  + " "
                  + exchange.path()
                  + ": "
                  + millis
                  + " ms");
    }
  }

  private void answer(Exchange exchange) throws IOException {
    try {
      if (OPEN.contains(exchange.path())) {
        routes.handle(exchange);
        return;
      }
      keys.check(exchange.header("Authorization"));
      if (!places.tryAcquire()) {
        throw ApiException.unavailable(
            BUSY_RETRY_SECONDS,
            settings.maxRequests()
                + " requests are in progress, the most that are taken (max.requests); try again");
      }
      try {
        routes.handle(exchange);
      } finally {
        places.release();
      }
    } catch (ApiException e) {
      exchange.fail(e);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "request " + exchange.id() + " failed", e);
      exchange.fail(
          ApiException.internal(
              "the server failed on request " + exchange.id() + "; its log says more"));
    }
  }
}
