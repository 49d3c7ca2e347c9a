package io.quire.deploy;

import io.quire.trust.Trust;
import io.quire.trust.Verdict;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.apache.felix.fileinstall.ArtifactTransformer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Every bundle on its way from a watched folder into the framework comes through here: it is copied
 * to where nobody else can reach it, the copy is judged, and that copy is what File Install
 * installs. It takes every file that no other listener takes, so that File Install's own handler,
 * which judges nothing, is never asked. Folders are not taken: they have no signature, and no one
 * mode.
 */
@Component(
    service = ArtifactTransformer.class,
    immediate = true,
    property = Constants.SERVICE_RANKING + ":Integer=-1000")
public final class BundleFileGate implements ArtifactTransformer {
  private static final System.Logger LOG = System.getLogger(BundleFileGate.class.getName());
  private static final List<String> OF_OTHERS =
      List.of(".qk", ".gguf", SignatureFileInstaller.SUFFIX, ".cfg", ".config");

  private final Path copies;
  private final Trust trust;

  /**
   * Makes room for copies.
   *
   * @param context has a place for files
   * @param trust says whether a bundle may come in
   * @throws IOException if there is no place for copies
   */
  @Activate
  public BundleFileGate(BundleContext context, @Reference Trust trust) throws IOException {
    this.trust = trust;
    copies = Files.createDirectories(context.getDataFile("bundles").toPath());
  }

  /** Others' files wait for the others, unless they are bundles under another name. */
  @Override
  public boolean canHandle(File file) {
    return OF_OTHERS.stream().noneMatch(file.getName()::endsWith) || isBundle(file.toPath());
  }

  /**
   * {@return the copy to be installed, or null, which tells File Install that there is none}
   *
   * @param file where the bundle lies
   * @param folders where File Install puts jars that it made of folders
   */
  @Override
  public File transform(File file, File folders) throws IOException {
    if (folders.equals(file.getParentFile())) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Folder {0} is not taken as a bundle: drop it as a jar",
          file.getName().replaceFirst("\\.jar$", ""));
      return null;
    }
    Path copy = Files.createTempFile(copies, "bundle", ".jar");
    boolean accepted = false;
    try {
      Files.copy(file.toPath(), copy, StandardCopyOption.REPLACE_EXISTING);
      accepted =
          isBundle(copy)
              && trust.arrived(Trust.Kind.BUNDLE, file.toPath(), copy) instanceof Verdict.Accepted;
      return accepted ? copy.toFile() : null;
    } finally {
      if (!accepted) {
        Files.deleteIfExists(copy);
      }
    }
  }

  /** What is no bundle is left alone. */
  private static boolean isBundle(Path file) {
    try (JarFile jar = new JarFile(file.toFile(), false)) {
      Manifest manifest = jar.getManifest();
      return manifest != null
          && manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME) != null;
    } catch (IOException noJar) {
      return false;
    }
  }
}
