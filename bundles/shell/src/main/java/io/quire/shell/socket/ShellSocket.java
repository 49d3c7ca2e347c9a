package io.quire.shell.socket;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Opens the shell's socket at the path in the property {@code socket} of its configuration or else
 * in the framework property {@code quire.shell.socket}; without a path there is none.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = ShellSocket.PID)
public final class ShellSocket {
  /** The configuration's PID. */
  static final String PID = "io.quire.shell";

  /** The configuration's property with the path. */
  static final String SOCKET = "socket";

  /** The framework property with the path. */
  static final String FRAMEWORK_PROPERTY = "quire.shell.socket";

  private final Optional<SocketServer> server;

  /**
   * Opens the socket.
   *
   * @param context for the framework property
   * @param properties the configuration
   * @param processor makes Gogo sessions
   * @throws IOException if the path cannot be used; says why and what to do
   */
  @Activate
  public ShellSocket(
      BundleContext context, Map<String, Object> properties, @Reference CommandProcessor processor)
      throws IOException {
    String fallback = Objects.requireNonNullElse(context.getProperty(FRAMEWORK_PROPERTY), "");
    String path = Objects.toString(properties.get(SOCKET), fallback).strip();
    server =
        path.isEmpty() ? Optional.empty() : Optional.of(new SocketServer(Path.of(path), processor));
  }

  /**
   * Closes the socket and all sessions.
   *
   * @throws IOException if the socket cannot be removed
   */
  @Deactivate
  public void close() throws IOException {
    if (server.isPresent()) {
      server.get().close();
    }
  }
}
