package io.quire.deploy;

import java.io.File;
import org.apache.felix.fileinstall.ArtifactInstaller;

/** Service within this bundle: takes files whose signatures lie in files of their own. */
public interface SignedFiles extends ArtifactInstaller {
  /**
   * {@return whether the file has been accepted, and is used}
   *
   * @param file in a watched folder
   */
  boolean holds(File file);
}
