package io.quire.shell;

import io.quire.api.engine.Engine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Configurations of served models: one of them is a model being served. */
@Component(service = ModelConfigurations.class)
public final class ModelConfigurations {
  private static final String NAME = "name";
  private static final String LOCATION = "location";
  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}");
  private static final Pattern KEY = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,63}");
  private static final int MAX_NAME = 256;

  private final ConfigurationAdmin admin;

  /**
   * Creates it.
   *
   * @param admin keeps the configurations
   */
  @Activate
  public ModelConfigurations(@Reference ConfigurationAdmin admin) {
    this.admin = admin;
  }

  /**
   * Adds a model's configuration.
   *
   * @param name the model's name
   * @param location where it is loaded from
   * @param options {@code key=value} each; whole numbers become numbers
   * @throws IOException if it cannot be stored
   * @throws ShellException if an option is wrong or the name is taken
   */
  void create(String name, String location, List<String> options) throws IOException {
    if (name.isBlank() || name.length() > MAX_NAME || !name.equals(Units.printable(name, false))) {
      throw new ShellException(
          "a model's name has 1 to " + MAX_NAME + " printable characters, not " + name.length());
    }
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(NAME, name);
    properties.put(LOCATION, location);
    for (String option : options) {
      put(properties, option);
    }
    if (find(name).isPresent()) {
      throw new ShellException(
          "a model " + name + " is configured already; choose another name or unload it first");
    }
    admin.getFactoryConfiguration(Engine.FACTORY_PID, name, "?").update(properties);
  }

  private static void put(Dictionary<String, Object> properties, String option) {
    int equals = option.indexOf('=');
    String key = equals < 0 ? option : option.substring(0, equals);
    if (equals < 0 || !KEY.matcher(key).matches() || properties.get(key) != null) {
      throw new ShellException(
          "the option '"
              + Units.printable(option, false)
              + "' is not of the form key=value with a new key, such as max.num.seqs=8");
    }
    properties.put(key, value(option.substring(equals + 1)));
  }

  private static Object value(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return text;
    }
    long number = Long.parseLong(text);
    if (number == (int) number) {
      return (int) number;
    }
    return number;
  }

  /**
   * Removes a model's configuration.
   *
   * @param name the model's name
   * @throws IOException if it cannot be removed
   * @throws ShellException if there is none; names those there are
   */
  void delete(String name) throws IOException {
    Optional<Configuration> found = find(name);
    if (found.isEmpty()) {
      throw Models.unknown(
          "configuration of a model", name, all().stream().map(c -> nameOf(c)).toList());
    }
    found.get().delete();
  }

  private Optional<Configuration> find(String name) throws IOException {
    return all().stream().filter(c -> nameOf(c).equals(name)).findFirst();
  }

  private List<Configuration> all() throws IOException {
    try {
      Configuration[] found =
          admin.listConfigurations(
              "(" + ConfigurationAdmin.SERVICE_FACTORYPID + "=" + Engine.FACTORY_PID + ")");
      return found == null ? List.of() : new ArrayList<>(List.of(found));
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The name property, or the part of the PID that a file's name became. */
  private static String nameOf(Configuration configuration) {
    String pid = configuration.getPid();
    String name = pid.substring(pid.indexOf('~') + 1);
    return Objects.toString(configuration.getProperties().get(NAME), name);
  }
}
