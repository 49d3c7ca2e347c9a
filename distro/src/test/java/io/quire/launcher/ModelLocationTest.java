package io.quire.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelLocationTest {
  @TempDir private Path folder;

  @Test
  void shouldLeaveRandomModelsAlone() throws Exception {
    assertEquals("random:llama-1b", new ModelLocation(new Home(folder)).resolve("random:llama-1b"));
  }

  @Test
  void shouldResolveAFileToItsAbsolutePath() throws Exception {
    Path file = Files.createFile(folder.resolve("m.gguf"));
    assertEquals(file.toString(), new ModelLocation(new Home(folder)).resolve(file.toString()));
  }

  @Test
  void shouldSayHowToPullACatalogueModel() {
    UsageException missing =
        assertThrows(
            UsageException.class,
            () -> new ModelLocation(new Home(folder)).resolve("smollm2-135m"));
    assertTrue(missing.getMessage().contains("quire pull smollm2-135m"), missing.getMessage());
  }

  @Test
  void shouldFindAPulledModel() throws Exception {
    ModelLocation models = new ModelLocation(new Home(folder));
    Path file = models.file(Catalogue.find("smollm2-135m").orElseThrow());
    Files.createDirectories(file.getParent());
    Files.createFile(file);
    assertEquals(file.toString(), models.resolve("smollm2-135m"));
  }

  @Test
  void shouldListTheCatalogueWhenThereIsNoSuchModel() {
    UsageException unknown =
        assertThrows(
            UsageException.class, () -> new ModelLocation(new Home(folder)).resolve("gpt-9"));
    assertTrue(unknown.getMessage().contains("smollm2-135m"), unknown.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"hf:a", "hf:../b", "hf:a/b/c"})
  void shouldRefuseRepositoriesOfAnotherForm(String name) {
    assertThrows(UsageException.class, () -> new ModelLocation(new Home(folder)).resolve(name));
  }

  @ParameterizedTest
  @CsvSource({
    "smollm2-135m, smollm2-135m",
    "/models/Tiny.Q4_0.gguf, Tiny.Q4_0",
    "/models/Llama-3.2-1B, Llama-3.2-1B",
    "hf:org/repo, org/repo",
    "random:llama-1b?layers=2, llama-1b"
  })
  void shouldNameWhatIsServed(String model, String name) {
    assertEquals(name, ModelLocation.servedName(model));
  }

  @Test
  void shouldEndWithAStatusAndAMessageForUnknownCommands() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream sink = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertEquals(2, Main.run(List.of("dance"), sink, sink));
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("there is no command dance"));
  }

  @Test
  void shouldStartDoorsBeforeModelsAndLibrariesFirst() {
    assertTrue(StartLevels.isWebServer("org.apache.felix.http.jetty12"));
    assertTrue(StartLevels.of("org.apache.felix.scr") < StartLevels.of("io.quire.http"));
    assertTrue(StartLevels.of("io.quire.http") < StartLevels.of("io.quire.core"));
    assertTrue(StartLevels.of("io.quire.core") < StartLevels.of("io.quire.terminal"));
  }
}
