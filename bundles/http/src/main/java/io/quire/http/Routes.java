package io.quire.http;

import io.quire.http.exchange.ApiException;
import io.quire.http.exchange.Exchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Which handler answers which path and method. */
final class Routes {
  private final Map<String, Map<String, Handler>> exact = new LinkedHashMap<>();
  private final Map<String, Map<String, Handler>> prefixes = new LinkedHashMap<>();

  /** Answers a request. */
  @FunctionalInterface
  interface Handler {
    /**
     * Answers.
     *
     * @param exchange the request
     * @param rest what follows the route's prefix, decoded
     * @throws IOException if the client goes away
     */
    void handle(Exchange exchange, String rest) throws IOException;
  }

  Routes add(String method, String path, Handler handler) {
    exact.computeIfAbsent(path, p -> new TreeMap<>()).put(method, handler);
    return this;
  }

  Routes addPrefix(String method, String prefix, Handler handler) {
    prefixes.computeIfAbsent(prefix, p -> new TreeMap<>()).put(method, handler);
    return this;
  }

  /**
   * Answers by the handler of the path.
   *
   * @throws ApiException 404 for an unknown path, 405 for a method that it does not have
   */
  void handle(Exchange exchange) throws IOException {
    String path = exchange.path();
    if (exact.containsKey(path)) {
      choose(exchange, exact.get(path)).handle(exchange, "");
      return;
    }
    for (Map.Entry<String, Map<String, Handler>> route : prefixes.entrySet()) {
      if (path.length() > route.getKey().length() && path.startsWith(route.getKey())) {
        String rest = decode(path.substring(route.getKey().length()));
        choose(exchange, route.getValue()).handle(exchange, rest);
        return;
      }
    }
    throw ApiException.refused(
        404, "not_found", "there is no " + shortened(path) + " here; see /v1/models");
  }

  private static Handler choose(Exchange exchange, Map<String, Handler> methods) {
    String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
    Handler handler = methods.get(method);
    if (handler == null) {
      String allowed = String.join(", ", methods.keySet());
      exchange.header("Allow", allowed);
      throw ApiException.refused(
          405,
          "method_not_allowed",
          exchange.path() + " does not take " + exchange.method() + "; it takes " + allowed);
    }
    return handler;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("", "the path is wrongly encoded: " + e.getMessage());
    }
  }

  private static String shortened(String path) {
    return path.length() <= 200 ? path : path.substring(0, 200) + "...";
  }
}
