package io.quire.metrics;

import io.quire.api.engine.Engine;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletName;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/** {@code GET /metrics}: all engines there are at the moment, and the process. */
@Component(service = Servlet.class)
@HttpWhiteboardServletName("io.quire.metrics")
@HttpWhiteboardServletPattern("/metrics")
public final class MetricsServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      service = Engine.class)
  private transient volatile Collection<Engine> engines = List.of();

  /** Called by Declarative Services. */
  @Activate
  public MetricsServlet() {}

  /**
   * Without Declarative Services.
   *
   * @param engines the engines
   */
  MetricsServlet(Collection<Engine> engines) {
    this.engines = engines;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Exposition out = new Exposition();
    EngineMetrics.write(out, engines);
    JvmMetrics.write(out);
    byte[] body = out.text().getBytes(StandardCharsets.UTF_8);
    response.setContentType(Exposition.CONTENT_TYPE);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
