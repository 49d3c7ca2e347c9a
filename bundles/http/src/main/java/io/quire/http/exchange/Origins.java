package io.quire.http.exchange;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import java.util.Set;

/** Which web pages of other origins may call the API (CORS). None unless configured. */
public final class Origins {
  private final Set<String> allowed;

  /**
   * Creates them.
   *
   * @param allowed origins, or {@code *} for all
   */
  public Origins(Set<String> allowed) {
    this.allowed = Set.copyOf(allowed);
  }

  /**
   * Adds the headers that let an allowed page read the response.
   *
   * @param request the request
   * @param response its response
   * @return whether the request is a page's preflight, and is answered by these headers alone
   */
  public boolean apply(HttpServletRequest request, HttpServletResponse response) {
    if (allowed.isEmpty()) {
      return false;
    }
    response.addHeader("Vary", "Origin");
    String origin = Optional.ofNullable(request.getHeader("Origin")).orElse("");
    if (origin.isEmpty() || !(allowed.contains(origin) || allowed.contains("*"))) {
      return false;
    }
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Expose-Headers", "x-request-id, Retry-After");
    if (!request.getMethod().equals("OPTIONS")
        || request.getHeader("Access-Control-Request-Method") == null) {
      return false;
    }
    response.setHeader("Access-Control-Allow-Methods", "GET, POST");
    Optional.ofNullable(request.getHeader("Access-Control-Request-Headers"))
        .ifPresent(names -> response.setHeader("Access-Control-Allow-Headers", names));
    response.setHeader("Access-Control-Max-Age", "600");
    return true;
  }
}
