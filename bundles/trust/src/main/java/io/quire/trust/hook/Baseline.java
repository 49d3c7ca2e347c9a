package io.quire.trust.hook;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.Bundle;

/**
 * The bundles that were there when this bundle first started in a framework: those of the
 * distribution, in the state that they had. They are remembered in a file, as bundle id and time of
 * the last change, so that what comes later does not become one of them by a restart of this
 * bundle.
 */
final class Baseline {
  private final Set<String> bundles;

  private Baseline(Set<String> bundles) {
    this.bundles = bundles;
  }

  static Baseline in(Path memory, Bundle[] there) throws IOException {
    Set<String> bundles = new TreeSet<>();
    if (Files.exists(memory)) {
      bundles.addAll(Files.readAllLines(memory));
    } else {
      for (Bundle bundle : there) {
        bundles.add(state(bundle));
      }
      Files.write(memory, bundles);
    }
    return new Baseline(bundles);
  }

  /** {@return whether the bundle was there, and has not been updated since} */
  boolean has(Bundle bundle) {
    return bundle.getBundleId() == 0 || bundles.contains(state(bundle));
  }

  /** {@return a bundle with its content: an update gives it another} */
  static String state(Bundle bundle) {
    return bundle.getBundleId() + " " + bundle.getLastModified();
  }
}
