package io.quire.tools.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.gpu.tune.Combinations;
import io.quire.testkit.kernel.KernelCases;
import io.quire.tools.shape.Shapes;
import io.quire.tools.source.DialectTexts;
import io.quire.tools.source.TextSource;
import io.quire.tools.target.Target;
import io.quire.tools.target.Targets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlannerTest {
  private static final String HEADER =
      """
      /* @op       attention.decode
       * @name     test
       * @dialect  1.0
       * @dtype    bf16, f16
       * @device   FILTER
       * @tunable  ROWS 128 64 32
       * @tunable  DEEP 0 1
       * @define   WG_SIZE ROWS / SLAB_NARROW_ROWS * SLAB_NARROW_LANES
       * @require  REQUIREMENT
       * @launch   test(out) groups seqs size WG_SIZE
       */
      """;

  @TempDir Path folder;

  @Test
  void shouldTakeTheFirstCombinationThatTheTargetServes() throws IOException {
    // 16 rows a slab of 64 lanes: 128 rows are 512 lanes, 64 are 256.
    TextSource source = source("(vendor=amd)", "WG_SIZE <= 256");
    Planner planner = planner(Combinations.Extent.CHOSEN);

    List<Job> jobs = planner.plan(source, target("gfx942"));

    assertEquals(List.of("bf16", "f16"), jobs.stream().map(Job::dtype).toList());
    Job job = jobs.getFirst();
    assertEquals("ROWS-64,DEEP-0", job.tunablesText());
    assertEquals("256", job.macros().get("WG_SIZE"));
    assertEquals("128", job.macros().get("HEAD_DIM"));
    assertEquals("1", job.macros().get("DTYPE_BF16"));
    assertTrue(job.standard());
    assertTrue(job.isJudged());
  }

  @Test
  void shouldListEveryCombinationThatHoldsOnce() throws IOException {
    Planner planner = planner(Combinations.Extent.ALL);

    List<Job> jobs = planner.plan(source("(vendor=amd)", "WG_SIZE <= 256"), target("gfx942"));

    assertEquals(
        List.of("ROWS-64,DEEP-0", "ROWS-64,DEEP-1", "ROWS-32,DEEP-0", "ROWS-32,DEEP-1"),
        jobs.stream().filter(job -> job.dtype().equals("f16")).map(Job::tunablesText).toList());
    assertEquals(2, jobs.stream().filter(Job::standard).count());
    assertEquals(8, jobs.stream().map(Job::fileName).distinct().count());
  }

  @Test
  void shouldTakeEachCandidateThatCanHoldAtLeastOnce() throws IOException {
    Planner planner = planner(Combinations.Extent.EACH);

    List<Job> jobs = planner.plan(source("(vendor=amd)", "WG_SIZE <= 256"), target("gfx942"));

    assertEquals(
        List.of("ROWS-64,DEEP-0", "ROWS-32,DEEP-0", "ROWS-64,DEEP-1"),
        jobs.stream().filter(job -> job.dtype().equals("bf16")).map(Job::tunablesText).toList());
  }

  @Test
  void shouldSayWhatAKernelDoesNotServe() throws IOException {
    Planner planner = planner(Combinations.Extent.CHOSEN);

    assertEquals(List.of(), planner.plan(source("(vendor=amd)", "1"), target("dg2")));
    assertEquals(List.of(), planner.plan(source("(arch=dg2)", "HEAD_DIM == 64"), target("dg2")));

    assertTrue(planner.notServed().getFirst().contains("is for other devices: (vendor=amd)"));
    assertTrue(planner.notServed().get(1).contains("HEAD_DIM == 64"));
    assertEquals(List.of(), planner.errors());
  }

  @Test
  void shouldReportAHeaderThatAsksForAnUnknownNumber() throws IOException {
    Planner planner = planner(Combinations.Extent.CHOSEN);

    assertEquals(List.of(), planner.plan(source("(vendor=amd)", "BANKS"), target("gfx942")));
    assertTrue(planner.errors().getFirst().contains("BANKS"), planner.errors().toString());
  }

  @Test
  void shouldJudgeWhatTheCompilerSays() throws Exception {
    Job job =
        planner(Combinations.Extent.CHOSEN)
            .plan(source("(vendor=amd)", "1"), target("gfx942"))
            .getFirst();
    Compiled spilling = compiled(1024, 3, Map.of("v_mfma", 4));

    assertEquals("", verdict(job, spilling, false));
    assertEquals("SPILLS", verdict(job, spilling, true));
    assertEquals("NO MATRIX INSTRUCTION", verdict(job, compiled(1024, 0, Map.of()), false));
    assertEquals("LOCAL MEMORY above 65536", verdict(job, compiled(65537, 0, Map.of()), false));
    assertEquals("FAILED", verdict(job, Compiled.failed("line 3: no such thing"), false));
  }

  @Test
  void shouldFailOnlyTheTextThatLacksItsPrelude() throws Exception {
    Job job =
        planner(Combinations.Extent.CHOSEN)
            .plan(source("(vendor=amd)", "1"), target("gfx942"))
            .getFirst();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Workshop workshop =
        new Workshop(
            toolchain(compiled(0, 0, Map.of())),
            new DialectTexts(Map.of(), Map.of()),
            folder,
            1,
            false,
            new PrintStream(err, true, StandardCharsets.UTF_8));

    assertEquals("FAILED", workshop.compile(List.of(job)).getFirst().verdict());
    assertTrue(err.toString(StandardCharsets.UTF_8).contains("there is no prelude cdna.h"));
  }

  private String verdict(Job job, Compiled compiled, boolean noSpills) throws Exception {
    Workshop workshop =
        new Workshop(
            toolchain(compiled),
            new DialectTexts(Map.of("cdna.h", ""), Map.of()),
            folder,
            1,
            noSpills,
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
    return workshop.compile(List.of(job)).getFirst().verdict();
  }

  private static Workshop.Compilers toolchain(Compiled outcome) {
    return target ->
        new Toolchain() {
          @Override
          public Compiled compile(Target device, String text, Path stem) {
            assertTrue(text.contains("#define HEAD_DIM 128\n"), text);
            return outcome;
          }

          @Override
          public String version() {
            return "test";
          }
        };
  }

  private static Compiled compiled(long local, long spills, Map<String, Integer> matrix) {
    return new Compiled("", List.of(new EntryNumbers("test", 1, 1, local, spills, 0)), matrix);
  }

  private static Target target(String name) {
    return Targets.named(name).getFirst();
  }

  private static Planner planner(Combinations.Extent extent) {
    return new Planner(new Shapes(new KernelCases(List.of())), Shapes.Kind.MODEL, extent);
  }

  private TextSource source(String filter, String requirement) throws IOException {
    Path file = folder.resolve("test.qk");
    return TextSource.read(
        Files.writeString(
            file, HEADER.replace("FILTER", filter).replace("REQUIREMENT", requirement)));
  }
}
