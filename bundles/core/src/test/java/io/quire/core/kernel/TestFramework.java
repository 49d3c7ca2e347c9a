package io.quire.core.kernel;

import io.quire.api.kernel.KernelSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;

/** A real framework with a registry that follows its services, as Declarative Services would. */
final class TestFramework implements AutoCloseable {
  private final Framework framework;
  private final KernelExtender extender;
  private final KernelFileServices files;
  private final WhiteboardKernelRegistry registry;
  private final ServiceTracker<KernelSource, KernelSource> sources;

  TestFramework(Path storage) throws BundleException {
    this(storage, "true");
  }

  TestFramework(Path storage, String kernelsOfBundles) throws BundleException {
    framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    Constants.FRAMEWORK_STORAGE,
                    storage.toString(),
                    KernelExtender.PROPERTY,
                    kernelsOfBundles));
    framework.start();
    extender = new KernelExtender(context());
    files = new KernelFileServices(context());
    registry = new WhiteboardKernelRegistry();
    registry.addBroken(extender);
    registry.addBroken(files);
    sources = new Binder(context(), registry);
    sources.open();
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  KernelExtender extender() {
    return extender;
  }

  KernelFileServices files() {
    return files;
  }

  WhiteboardKernelRegistry registry() {
    return registry;
  }

  @Override
  public void close() throws BundleException {
    sources.close();
    extender.close();
    files.close();
    framework.stop();
    try {
      framework.waitForStop(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A bundle as a jar. An empty header means none. */
  static InputStream bundle(String name, String header, Map<String, byte[]> files) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.putValue("Manifest-Version", "1.0");
    main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
    main.putValue(Constants.BUNDLE_SYMBOLICNAME, name);
    main.putValue(Constants.BUNDLE_VERSION, "1.2.3");
    if (!header.isEmpty()) {
      main.putValue(KernelLocations.HEADER, header);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        jar.putNextEntry(new JarEntry(file.getKey()));
        jar.write(file.getValue());
        jar.closeEntry();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  static byte[] kernel(String op, String name, String more) {
    return text(op, name, more).getBytes(StandardCharsets.UTF_8);
  }

  static String text(String op, String name, String more) {
    return String.join(
        "\n",
        "/* @op " + op,
        " * @name " + name,
        " * @dialect 1.0",
        " * @dtype bf16, f16",
        more + " */",
        "KERNEL(k)() {}");
  }

  /** Binds services to the registry. */
  private static final class Binder extends ServiceTracker<KernelSource, KernelSource> {
    private final WhiteboardKernelRegistry registry;

    Binder(BundleContext context, WhiteboardKernelRegistry registry) {
      super(context, KernelSource.class, null);
      this.registry = registry;
    }

    @Override
    public KernelSource addingService(ServiceReference<KernelSource> reference) {
      KernelSource source = super.addingService(reference);
      registry.addSource(reference, source);
      return source;
    }

    @Override
    public void modifiedService(ServiceReference<KernelSource> reference, KernelSource source) {
      registry.addSource(reference, source);
    }

    @Override
    public void removedService(ServiceReference<KernelSource> reference, KernelSource source) {
      registry.removeSource(reference);
      super.removedService(reference, source);
    }
  }
}
