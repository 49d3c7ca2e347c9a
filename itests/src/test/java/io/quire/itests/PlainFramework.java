package io.quire.itests;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.FrameworkWiring;

/** A framework in this JVM with some of the distribution's bundles, none of them started. */
final class PlainFramework implements AutoCloseable {
  private final Framework framework;
  private final List<Bundle> bundles = new ArrayList<>();

  /** Installs the bundles of which this is true: they are asked for by their files' names. */
  PlainFramework(Path storage, Predicate<String> wanted) throws IOException, BundleException {
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(Constants.FRAMEWORK_STORAGE, storage.toString(), "felix.log.level", "0"));
    framework.start();
    for (Path jar : Distribution.bundles()) {
      if (wanted.test(jar.getFileName().toString())) {
        install(jar);
      }
    }
  }

  Bundle install(Path jar) throws BundleException {
    Bundle bundle = framework.getBundleContext().installBundle("reference:" + jar.toUri());
    bundles.add(bundle);
    return bundle;
  }

  /** {@return whether all bundles could be resolved} */
  boolean resolve() {
    return framework.adapt(FrameworkWiring.class).resolveBundles(bundles);
  }

  Bundle bundle(String symbolicName) {
    return bundles.stream()
        .filter(bundle -> bundle.getSymbolicName().equals(symbolicName))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() throws BundleException {
    framework.stop();
    try {
      framework.waitForStop(TimeUnit.SECONDS.toMillis(30));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
