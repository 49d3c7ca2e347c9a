package io.quire.terminal;

import java.io.IOException;
import java.io.StringReader;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Hands the configurations that the launcher made from the command line to the configuration admin.
 * They come in the framework property {@code quire.configurations}: properties text with keys
 * {@code PID/key}, and {@code FACTORY~NAME/key} for factories.
 */
@Component(
    immediate = true,
    service = {})
public final class FirstConfigurations {
  private static final String PROPERTY = "quire.configurations";

  /**
   * Applies them, once.
   *
   * @param context to read the framework property
   * @param admin takes the configurations
   * @throws IOException if they cannot be stored
   */
  @Activate
  public FirstConfigurations(BundleContext context, @Reference ConfigurationAdmin admin)
      throws IOException {
    String text = context.getProperty(PROPERTY);
    if (text == null) {
      return;
    }
    for (Map.Entry<String, Dictionary<String, Object>> entry : parse(text).entrySet()) {
      configuration(admin, entry.getKey()).updateIfDifferent(entry.getValue());
    }
  }

  static Map<String, Dictionary<String, Object>> parse(String text) throws IOException {
    Properties lines = new Properties();
    lines.load(new StringReader(text));
    Map<String, Dictionary<String, Object>> configurations = new TreeMap<>();
    for (String line : lines.stringPropertyNames()) {
      int slash = line.lastIndexOf('/');
      if (slash < 1) {
        throw new IOException("configuration line " + line + " is not of the form PID/key");
      }
      configurations
          .computeIfAbsent(line.substring(0, slash), pid -> new Hashtable<>())
          .put(line.substring(slash + 1), lines.getProperty(line));
    }
    return configurations;
  }

  private static Configuration configuration(ConfigurationAdmin admin, String pid)
      throws IOException {
    int tilde = pid.indexOf('~');
    return tilde < 0
        ? admin.getConfiguration(pid, "?")
        : admin.getFactoryConfiguration(pid.substring(0, tilde), pid.substring(tilde + 1), "?");
  }
}
