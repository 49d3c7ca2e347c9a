package io.quire.deploy;

import io.quire.api.engine.Engine;
import io.quire.trust.Trust;
import io.quire.trust.Verdict;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * A {@code .gguf} file in a watched folder is a served model, named as the file is, for as long as
 * it lies there. All it does is to write and delete configurations of {@link Engine#FACTORY_PID}.
 * They outlive this component, so that its restart interrupts no model.
 */
@Component(
    service = {ArtifactInstaller.class, SignedFiles.class},
    immediate = true)
public final class ModelFileInstaller implements SignedFiles {
  /** Property of a configuration that was written here: the file. */
  static final String FILE = "quire.deploy.file";

  private static final System.Logger LOG = System.getLogger(ModelFileInstaller.class.getName());
  private static final String SUFFIX = ".gguf";
  private static final String NAME = "name";
  private static final String LOCATION = "location";

  private final ConfigurationAdmin admin;
  private final Trust trust;

  /**
   * Ends the models whose files left while nobody looked.
   *
   * @param admin keeps the configurations
   * @param trust says whether a file may come in
   * @throws IOException if they cannot be read or deleted
   */
  @Activate
  public ModelFileInstaller(@Reference ConfigurationAdmin admin, @Reference Trust trust)
      throws IOException {
    this.admin = admin;
    this.trust = trust;
    for (Configuration configuration : configurations()) {
      if (property(configuration, FILE).filter(file -> !new File(file).exists()).isPresent()) {
        configuration.delete();
      }
    }
  }

  @Override
  public boolean canHandle(File file) {
    String name = file.getName();
    return name.endsWith(SUFFIX)
        && name.length() > SUFFIX.length()
        && !name.startsWith(".")
        && !file.isDirectory();
  }

  @Override
  public void install(File file) throws IOException {
    String name = name(file);
    Optional<Configuration> existing = named(name);
    if (existing.isEmpty()) {
      if (trust.arrived(Trust.Kind.MODEL, file.toPath(), file.toPath())
          instanceof Verdict.Refused) {
        return;
      }
      Dictionary<String, Object> properties = new Hashtable<>();
      properties.put(NAME, name);
      properties.put(LOCATION, file.getAbsolutePath());
      properties.put(FILE, file.getAbsolutePath());
      admin.getFactoryConfiguration(Engine.FACTORY_PID, name, "?").update(properties);
    } else if (!isOf(existing.get(), file)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} is not served: a model {1} is configured already, from {2}. Rename the file, or"
              + " unload that model and drop the file again",
          file,
          name,
          property(existing.get(), LOCATION).orElse("nowhere"));
    }
  }

  /** The old content is served until it has drained, then the new one is opened. */
  @Override
  public void update(File file) throws IOException {
    uninstall(file);
    install(file);
  }

  @Override
  public void uninstall(File file) throws IOException {
    Optional<Configuration> existing = named(name(file));
    if (existing.isPresent() && isOf(existing.get(), file)) {
      existing.get().delete();
    }
  }

  @Override
  public boolean holds(File file) {
    try {
      return named(name(file)).filter(existing -> isOf(existing, file)).isPresent();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(File file) {
    return file.getName().substring(0, file.getName().length() - SUFFIX.length());
  }

  private static boolean isOf(Configuration configuration, File file) {
    return property(configuration, FILE).equals(Optional.of(file.getAbsolutePath()));
  }

  /** The configuration of a model; without a name it has that of its PID. */
  private Optional<Configuration> named(String name) throws IOException {
    return configurations().stream()
        .filter(c -> property(c, NAME).orElse(c.getPid().replaceFirst("^[^~]*~", "")).equals(name))
        .findFirst();
  }

  private static Optional<String> property(Configuration configuration, String key) {
    return Optional.ofNullable(configuration.getProperties())
        .map(properties -> properties.get(key))
        .map(Object::toString);
  }

  private List<Configuration> configurations() throws IOException {
    try {
      Configuration[] found =
          admin.listConfigurations(
              "(" + ConfigurationAdmin.SERVICE_FACTORYPID + "=" + Engine.FACTORY_PID + ")");
      return found == null ? List.of() : new ArrayList<>(List.of(found));
    } catch (InvalidSyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
