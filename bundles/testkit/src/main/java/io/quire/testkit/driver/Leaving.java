package io.quire.testkit.driver;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.quire.api.device.CommandQueue.CapturedGraph;
import io.quire.api.device.CompileOptions;
import io.quire.api.device.DeviceDriver;
import io.quire.api.device.LaunchGeometry;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Whether a backend that has stopped leaves no class loader, so that its native library leaves,
 * too. The backend's classes and those of its native binding are loaded anew for it, with a native
 * library of their own, as a bundle does.
 *
 * @param origins classes, one from each place that is loaded from
 * @param packages what the names of classes begin with that are loaded anew, the dot included
 * @param folder empty; gets copies of native libraries
 */
public record Leaving(List<Class<?>> origins, List<String> packages, Path folder) {
  private static final int ROUNDS = 60;
  private static final int LANES = 32;

  /**
   * Lives and looks whether anything is left.
   *
   * @param life everything that a backend does; has a public constructor without parameters
   * @throws AssertionError if the class loader is still there after a minute
   * @throws Exception if the life fails
   */
  public void assertLeavesNothing(Class<? extends Runnable> life) throws Exception {
    ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
    Reference<ClassLoader> loader = live(life, gone);
    Reference<? extends ClassLoader> found = null;
    for (int i = 0; i < ROUNDS && found == null; i++) {
      System.gc();
      found = gone.remove(TimeUnit.SECONDS.toMillis(1));
    }
    assertSame(loader, found, "the class loader is still there: something holds it");
  }

  private Reference<ClassLoader> live(
      Class<? extends Runnable> life, ReferenceQueue<ClassLoader> gone) throws Exception {
    try (BundleLike loader = new BundleLike(life.getClassLoader())) {
      Class<?> other = loader.loadClass(life.getName());
      assertNotSame(life, other);
      ((Runnable) other.getDeclaredConstructor().newInstance()).run();
      return new PhantomReference<>(loader, gone);
    }
  }

  /**
   * A program, memory, a launch, copies, and recorded work where there is such; nothing of it is
   * given back but by closing the driver.
   *
   * @param driver used, and not closed
   */
  public static void use(DeviceDriver driver) {
    Map<String, String> macros = Map.of("WG_SIZE", Integer.toString(LANES), "ELEM_FP16", "0");
    var module =
        driver.compile(
            "KERNEL(one)(GLOBAL int* x) { LAUNCH_WAIT(); x[0] = 1; }",
            new CompileOptions("one.qk", macros, "1.1"));
    var buffer = driver.allocate(4);
    var staging = driver.allocateStaging(4);
    var queue = driver.queue();
    var kernel = module.kernel("one");
    kernel.setBuffer(0, buffer);
    queue.launch(kernel, new LaunchGeometry(1, 1, 1, LANES, 0));
    queue.download(buffer, 0, staging, 0, 4);
    queue.capture(() -> queue.fill(buffer, 0, 4, (byte) 0)).ifPresent(CapturedGraph::replay);
    if (!queue.fence().await(TimeUnit.MINUTES.toNanos(1))) {
      throw new IllegalStateException(driver.info().id() + " does not finish");
    }
  }

  private static URL at(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  private final class BundleLike extends URLClassLoader {
    BundleLike(ClassLoader parent) {
      super(origins.stream().map(Leaving::at).toArray(URL[]::new), parent);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (packages.stream().noneMatch(name::startsWith)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }

    /** May be asked twice, by us and by the binding, which must find the library loaded already. */
    @Override
    protected String findLibrary(String name) {
      String file = System.mapLibraryName(name);
      Path copy = folder.resolve(file);
      if (Files.exists(copy)) {
        return copy.toString();
      }
      try (InputStream in = getResourceAsStream("lib/" + file)) {
        Files.copy(in, copy);
        return copy.toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
