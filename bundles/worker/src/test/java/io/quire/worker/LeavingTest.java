package io.quire.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.device.Device;
import io.quire.worker.fake.FakeBundle;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;

/** What is left of children: nothing. */
@Timeout(300)
class LeavingTest {
  private static final int CYCLES = 20;

  @TempDir private Path folder;

  @Test
  void shouldLeaveNothingHowEverOftenItStopsAndStarts() throws Exception {
    Set<Path> foldersBefore = Set.copyOf(WorkerRig.folders());
    try (WorkerRig rig =
        new WorkerRig(folder.resolve("osgi"), Map.of("backends", FakeBundle.NAME))) {
      Bundle backend = rig.start(FakeBundle.write(folder));
      List<String> first = cycle(rig, backend);
      for (int i = 0; i < CYCLES; i++) {
        List<String> files = cycle(rig, i % 2 == 0 ? backend : rig.worker());
        assertEquals(first.size(), files.size(), () -> first + " became " + files);
      }
    }
    assertEquals(foldersBefore, Set.copyOf(WorkerRig.folders()));
    assertEquals(List.of(), maps());
    assertEquals(Set.of(), threads());
  }

  /** Stops and starts; the files that are open in between. */
  private static List<String> cycle(WorkerRig rig, Bundle bundle) throws Exception {
    Device device = rig.get(rig.remote("fake0"));
    try (FakeSession session = FakeSession.ready(rig, device)) {
      assertTrue(session.step(1));
    }
    bundle.stop();
    assertEquals(0, ProcessHandle.current().children().count());
    assertEquals(List.of(), maps());
    List<String> files = openFiles();
    bundle.start();
    return files;
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("quire-worker"))
        .collect(Collectors.toSet());
  }

  private static List<String> maps() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("quire-worker-")).toList();
    }
  }

  /** But for files of libraries, which the class path opens when it likes. */
  private static List<String> openFiles() {
    File[] open = new File("/proc/self/fd").listFiles();
    return Stream.of(open)
        .map(file -> {
          try {
            return Files.readSymbolicLink(file.toPath()).toString();
          } catch (IOException e) {
            return ""; // Of the listing itself, closed by now.
          }
        })
        .filter(name -> !name.isEmpty() && !name.endsWith(".jar") && !name.startsWith("/proc"))
        .toList();
  }

  @Test
  void shouldEndWithItsParent() throws Exception {
    Set<Path> foldersBefore = Set.copyOf(WorkerRig.folders());
    Path bundle = FakeBundle.write(folder);
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ParentMain.class.getName(),
                folder.resolve("osgi").toString(),
                bundle.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      parent.destroyForcibly();
      child.onExit().get(30, TimeUnit.SECONDS);
    }
    assertEquals(foldersBefore, Set.copyOf(WorkerRig.folders()));
  }
}
