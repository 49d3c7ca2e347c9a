package io.quire.metrics;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** The process, under the names that Prometheus' own client for Java uses. */
final class JvmMetrics {
  private static final Path FILE_DESCRIPTORS = Path.of("/proc/self/fd");

  private JvmMetrics() {}

  static void write(Exposition out) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    out.family("jvm_memory_used_bytes", "gauge", "Memory in use.");
    out.sample(Map.of("area", "heap"), memory.getHeapMemoryUsage().getUsed());
    out.sample(Map.of("area", "nonheap"), memory.getNonHeapMemoryUsage().getUsed());
    out.family("jvm_memory_max_bytes", "gauge", "Most memory; -1 for no limit.");
    out.sample(Map.of("area", "heap"), memory.getHeapMemoryUsage().getMax());
    out.sample(Map.of("area", "nonheap"), memory.getNonHeapMemoryUsage().getMax());
    out.family("jvm_threads_current", "gauge", "Platform threads.");
    out.sample(Map.of(), (long) ManagementFactory.getThreadMXBean().getThreadCount());
    out.family("jvm_gc_collection_seconds", "summary", "Time in garbage collection.");
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      double seconds = gc.getCollectionTime() / 1000.0;
      out.summary(Map.of("gc", gc.getName()), gc.getCollectionCount(), seconds);
    }
    process(out);
  }

  private static void process(Exposition out) {
    ProcessHandle.Info info = ProcessHandle.current().info();
    out.family("process_cpu_seconds_total", "counter", "CPU time of the process.");
    out.sample(Map.of(), info.totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1000.0);
    out.family("process_start_time_seconds", "gauge", "Start, in seconds since 1970.");
    out.sample(Map.of(), info.startInstant().orElse(Instant.EPOCH).toEpochMilli() / 1000.0);
    if (Files.isDirectory(FILE_DESCRIPTORS)) {
      out.family("process_open_fds", "gauge", "Open file descriptors.");
      out.sample(Map.of(), openFiles());
    }
  }

  private static long openFiles() {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(FILE_DESCRIPTORS)) {
      long count = 0;
      for (Path ignored : entries) {
        count++;
      }
      return count;
    } catch (IOException ignored) {
      // Not allowed to look: then it is not known.
      return -1;
    }
  }
}
