package io.quire.backend.amd;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.quire.api.device.CompileOptions;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.amd.driver.OpenClDriver;
import io.quire.backend.amd.opencl.Discovery;
import io.quire.backend.amd.opencl.OpenClDevice;
import io.quire.backend.amd.opencl.OpenClLibrary;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jocl.CL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bundle that has stopped leaves no class loader, so its native library leaves, too. */
class LeavingTest {
  private static final int ROUNDS = 60;

  @TempDir private Path folder;

  /** Loads the backend and JOCL anew, with a native library of their own, as a bundle does. */
  private static final class BundleLike extends URLClassLoader {
    private final Path folder;

    BundleLike(Path folder) {
      super(
          new URL[] {at(OpenClBackend.class), at(LeavingTest.class), at(CL.class)},
          LeavingTest.class.getClassLoader());
      this.folder = folder;
    }

    private static URL at(Class<?> type) {
      return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.quire.backend.amd.") && !name.startsWith("org.jocl.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }

    @Override
    protected String findLibrary(String name) {
      String file = System.mapLibraryName(name);
      try (InputStream in = getResourceAsStream("lib/" + file)) {
        Path copy = folder.resolve(file);
        Files.copy(in, copy);
        return copy.toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Everything that a backend does, on every device. */
  public static final class Life implements Runnable {
    /** Called by name, in a loader of its own. */
    public Life() {}

    @Override
    public void run() {
      OpenClLibrary library = OpenClLibrary.load().orElseThrow();
      for (OpenClDevice device : Discovery.devices("auto")) {
        try (OpenClDriver driver =
            new OpenClDriver(
                device,
                library,
                new PreludeText(OpenClBackend.class),
                new BinaryCache(Optional.empty()),
                () -> {})) {
          use(driver);
        }
      }
      library.close();
    }

    private static void use(OpenClDriver driver) {
      Map<String, String> macros = Map.of("WG_SIZE", "1", "ELEM_FP16", "0");
      var module =
          driver.compile(
              "KERNEL(one)(GLOBAL int* x) { x[0] = 1; }",
              new CompileOptions("one.qk", macros, "1.0"));
      var buffer = driver.allocate(4);
      var staging = driver.allocateStaging(4);
      var queue = driver.queue();
      var kernel = module.kernel("one");
      kernel.setBuffer(0, buffer);
      queue.launch(kernel, new LaunchGeometry(1, 1, 1, 1, 0));
      queue.download(buffer, 0, staging, 0, 4);
      if (!queue.fence().await(TimeUnit.MINUTES.toNanos(1))) {
        throw new IllegalStateException(driver.info().id() + " does not finish");
      }
    }
  }

  @Test
  void shouldLetItsClassLoaderGo() throws Exception {
    assumeFalse(Runtimes.devices("auto").isEmpty());
    ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
    Reference<ClassLoader> loader = live(gone);
    Reference<? extends ClassLoader> found = null;
    for (int i = 0; i < ROUNDS && found == null; i++) {
      System.gc();
      found = gone.remove(TimeUnit.SECONDS.toMillis(1));
    }
    assertTrue(found == loader, "the class loader is still there: something holds it");
  }

  private Reference<ClassLoader> live(ReferenceQueue<ClassLoader> gone) throws Exception {
    try (BundleLike loader = new BundleLike(folder)) {
      Class<?> life = loader.loadClass(Life.class.getName());
      assertNotSame(Life.class, life);
      ((Runnable) life.getDeclaredConstructor().newInstance()).run();
      return new PhantomReference<>(loader, gone);
    }
  }
}
