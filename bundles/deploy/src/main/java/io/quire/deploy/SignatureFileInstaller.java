package io.quire.deploy;

import io.quire.trust.Trust;
import java.io.File;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.felix.fileinstall.ArtifactInstaller;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * A {@code NAME.sig} in a watched folder: the file {@code NAME} that was refused before is looked
 * at again. A file that is used already stays so, whatever becomes of its signature.
 */
@Component(service = ArtifactInstaller.class, immediate = true)
public final class SignatureFileInstaller implements ArtifactInstaller {
  static final String SUFFIX = ".sig";

  private final Trust trust;
  private final List<SignedFiles> installers = new CopyOnWriteArrayList<>();

  /**
   * Waits for signatures.
   *
   * @param trust says whether signatures are asked for
   */
  @Activate
  public SignatureFileInstaller(@Reference Trust trust) {
    this.trust = trust;
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addInstaller(SignedFiles installer) {
    installers.add(installer);
  }

  void removeInstaller(SignedFiles installer) {
    installers.remove(installer);
  }

  @Override
  public boolean canHandle(File file) {
    return file.getName().endsWith(SUFFIX) && !file.isDirectory();
  }

  @Override
  public void install(File signature) throws Exception {
    String path = signature.getPath();
    File file = new File(path.substring(0, path.length() - SUFFIX.length()));
    if (!trust.asksForSignatures() || !file.isFile()) {
      return;
    }
    for (SignedFiles installer : installers) {
      if (installer.canHandle(file) && !installer.holds(file)) {
        installer.install(file);
      }
    }
  }

  @Override
  public void update(File signature) throws Exception {
    install(signature);
  }

  @Override
  public void uninstall(File signature) {
    // what has been accepted stays
  }
}
