package io.quire.launcher;

import io.quire.backend.nvidia.toolkit.Toolkit;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.Locale;

/** {@code quire doctor}: what this machine has, what is missing and how to get it. */
final class Doctor {
  private final Home home;

  Doctor(Home home) {
    this.home = home;
  }

  int run(PrintStream out) throws IOException {
    out.println("quire      " + Version.current());
    out.printf(
        Locale.ROOT, "java       %s, %s%n", Runtime.version(), System.getProperty("java.home"));
    out.printf(
        Locale.ROOT,
        "processor  %d cores, %s%n",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.arch"));
    out.printf(Locale.ROOT, "memory     %d MiB%n", memory() >> 20);
    boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    report(
        out,
        "vector api",
        vector,
        "present",
        "missing: start java with --add-modules jdk.incubator.vector, or the CPU backend is several times slower");
    report(
        out,
        "pip",
        runs("python3", "-m", "pip", "--version"),
        "present",
        "missing: quire pull cannot fetch models (Debian and Ubuntu: apt install python3-pip)");
    devices(out);
    models(out);
    return 0;
  }

  private static long memory() {
    var system =
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
    return system.getTotalMemorySize();
  }

  private static void devices(PrintStream out) {
    out.println("device     cpu: present");
    out.printf(Locale.ROOT, "%-10s %s%n", "device", nvidia());
    report(
        out,
        "device",
        library("libOpenCL.so.1"),
        "opencl: loader present",
        "opencl: no loader (Debian and Ubuntu: apt install ocl-icd-libopencl1)");
    boolean levelZero = library("libze_loader.so.1");
    report(
        out,
        "device",
        levelZero,
        "level zero: loader present; this version has no Level Zero backend yet",
        "level zero: no loader (Debian and Ubuntu: apt install libze1)");
  }

  private static String nvidia() {
    if (!library("libcuda.so.1")) {
      return "nvidia: no driver (libcuda.so.1); where there is such a GPU, install NVIDIA's driver"
          + " (Debian: apt install nvidia-driver, Ubuntu: ubuntu-drivers install)";
    }
    return Toolkit.here()
        .nvrtc(Integer.MAX_VALUE)
        .map(library -> "nvidia: driver present, compiler " + library)
        .orElse(
            "nvidia: driver present, but no compiler (libnvrtc.so), so its GPUs are not used. To get it: "
                + Toolkit.REMEDY);
  }

  private void models(PrintStream out) throws IOException {
    Files.createDirectories(home.models());
    FileStore store = Files.getFileStore(home.models());
    out.printf(
        Locale.ROOT,
        "models     in %s, %d MB free%n",
        home.models(),
        store.getUsableSpace() / 1_000_000);
    for (String line : new ModelLocation(home).installed()) {
      out.println("           " + line);
    }
  }

  /** Whether the system's loader finds a library, wherever that looks. */
  @SuppressWarnings("restricted") // it is let go at once
  private static boolean library(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return SymbolLookup.libraryLookup(name, arena) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean runs(String... command) {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void report(PrintStream out, String what, boolean there, String yes, String no) {
    out.printf(Locale.ROOT, "%-10s %s%n", what, there ? yes : no);
  }
}
