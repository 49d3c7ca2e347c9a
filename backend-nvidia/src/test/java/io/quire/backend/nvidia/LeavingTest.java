package io.quire.backend.nvidia;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quire.api.device.CompileOptions;
import io.quire.api.device.LaunchGeometry;
import io.quire.backend.nvidia.cuda.Cuda;
import io.quire.backend.nvidia.cuda.CudaDevice;
import io.quire.backend.nvidia.cuda.Discovery;
import io.quire.backend.nvidia.driver.CudaDriver;
import io.quire.backend.nvidia.toolkit.Nvrtc;
import io.quire.backend.nvidia.toolkit.Toolkit;
import io.quire.gpu.program.BinaryCache;
import io.quire.gpu.program.PreludeText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A bundle that has stopped leaves no class loader, so its native library leaves, too. Only where
 * NVIDIA's driver and NVRTC are here.
 */
class LeavingTest {
  private static final int ROUNDS = 60;

  @TempDir private Path folder;

  /** Loads the backend and JCuda anew, with a native library of their own, as a bundle does. */
  private static final class BundleLike extends URLClassLoader {
    private final Path folder;

    BundleLike(Path folder) {
      super(
          new URL[] {at(CudaBackend.class), at(LeavingTest.class)},
          LeavingTest.class.getClassLoader());
      this.folder = folder;
    }

    private static URL at(Class<?> type) {
      return type.getProtectionDomain().getCodeSource().getLocation();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("io.quire.backend.nvidia.") && !name.startsWith("jcuda.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }

    /** Asked twice: by us, and by JCuda, which must find the library loaded already. */
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

  /** Everything that a backend does, on every device. */
  public static final class Life implements Runnable {
    /** Called by name, in a loader of its own. */
    public Life() {}

    @Override
    public void run() {
      try (Cuda cuda = Libraries.here().cuda().orElseThrow()) {
        Discovery discovery = new Discovery(cuda);
        int version = discovery.start();
        try (Nvrtc nvrtc = Libraries.here().nvrtc(version / 1000).orElseThrow()) {
          for (CudaDevice device : discovery.devices(version, nvrtc.version())) {
            PreludeText preludes = new PreludeText(CudaBackend.class);
            BinaryCache cache = new BinaryCache(Optional.empty());
            try (CudaDriver driver =
                new CudaDriver(device, cuda, nvrtc, preludes, cache, true, () -> {})) {
              use(driver);
            }
          }
        }
      }
    }

    private static void use(CudaDriver driver) {
      Map<String, String> macros = Map.of("WG_SIZE", "32", "ELEM_FP16", "0");
      var module =
          driver.compile(
              "KERNEL(one)(GLOBAL int* x) { LAUNCH_WAIT(); x[0] = 1; }",
              new CompileOptions("one.qk", macros, "1.1"));
      var buffer = driver.allocate(4);
      var staging = driver.allocateStaging(4);
      var queue = driver.queue();
      var kernel = module.kernel("one");
      kernel.setBuffer(0, buffer);
      queue.launch(kernel, new LaunchGeometry(1, 1, 1, 32, 0));
      queue.download(buffer, 0, staging, 0, 4);
      queue.capture(() -> queue.fill(buffer, 0, 4, (byte) 0)).orElseThrow().replay();
      if (!queue.fence().await(TimeUnit.MINUTES.toNanos(1))) {
        throw new IllegalStateException(driver.info().id() + " does not finish");
      }
    }
  }

  @Test
  void shouldLetItsClassLoaderGo() throws Exception {
    if (!present() || Toolkit.here().nvrtc(Integer.MAX_VALUE).isEmpty()) {
      System.out.println("SKIPPED: NVIDIA's driver or NVRTC is not here");
      assumeTrue(false);
    }
    ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
    Reference<ClassLoader> loader = live(gone);
    Reference<? extends ClassLoader> found = null;
    for (int i = 0; i < ROUNDS && found == null; i++) {
      System.gc();
      found = gone.remove(TimeUnit.SECONDS.toMillis(1));
    }
    assertTrue(found == loader, "the class loader is still there: something holds it");
  }

  @SuppressWarnings("restricted") // it is let go at once
  private static boolean present() {
    try (Arena arena = Arena.ofConfined()) {
      return SymbolLookup.libraryLookup("libcuda.so.1", arena) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
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
