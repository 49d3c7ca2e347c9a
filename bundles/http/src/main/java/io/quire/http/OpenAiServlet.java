package io.quire.http;

import io.quire.api.engine.Engine;
import io.quire.api.engine.ServedModel;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletAsyncSupported;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletName;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * The API as a servlet of the OSGi whiteboard. It is there whether or not a model is; models come
 * and go beside it. As the default servlet it also answers for unknown paths, in the API's words.
 */
@Component(service = Servlet.class, configurationPid = "io.quire.http")
@Designate(ocd = HttpConfig.class)
@HttpWhiteboardServletName("io.quire.http")
@HttpWhiteboardServletPattern({
  "/",
  "/v1/*",
  "/tokenize",
  "/detokenize",
  "/health",
  "/ping",
  "/version"
})
@HttpWhiteboardServletAsyncSupported
public final class OpenAiServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      service = Engine.class)
  private transient volatile Collection<Engine> engines = List.of();

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      service = ServedModel.class)
  private transient volatile Collection<ServedModel> served = List.of();

  private final transient Api api;

  /**
   * Called by Declarative Services.
   *
   * @param config the configuration
   * @param context this bundle's
   */
  @Activate
  public OpenAiServlet(HttpConfig config, BundleContext context) {
    SecureRandom random = new SecureRandom();
    api =
        new Api(
            Settings.of(config),
            new ModelDirectory(() -> engines, () -> served),
            context.getBundle().getVersion().toString(),
            random::nextLong,
            InstantSource.system());
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response) {
    api.accept(request, response);
  }
}
