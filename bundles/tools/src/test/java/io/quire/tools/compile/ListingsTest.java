package io.quire.tools.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quire.tools.target.Targets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ListingsTest {
  @Test
  void shouldReadAmdMetadataOfEveryEntry() {
    String listing =
        """
        split:
        \tv_mfma_f32_16x16x16_bf16_1k a[0:3], v[2:3], v[4:5], a[0:3]
        \tv_mfma_f32_16x16x16_bf16_1k a[0:3], v[6:7], v[8:9], a[0:3]
        \ts_endpgm
        \t.amdgpu_metadata
        ---
        amdhsa.kernels:
          - .agpr_count:     4
            .args:
              - .name:           out
                .size:           8
            .group_segment_fixed_size: 4096
            .name:           split
            .private_segment_fixed_size: 16
            .sgpr_count:     30
            .vgpr_count:     96
            .vgpr_spill_count: 3
          - .agpr_count:     0
            .group_segment_fixed_size: 0
            .name:           join
            .private_segment_fixed_size: 0
            .sgpr_count:     12
            .vgpr_count:     20
            .vgpr_spill_count: 0
        amdhsa.version:
          - 1
        """;

    assertEquals(
        List.of(
            new EntryNumbers("split", 96, 30, 4096, 3, 16),
            new EntryNumbers("join", 20, 12, 0, 0, 0)),
        Listings.amd(listing));
    assertEquals("2 v_mfma", matrix("gfx942", listing));
    assertEquals(List.of(), Listings.amd("no metadata"));
  }

  @Test
  void shouldReadPtxasNumbersAndLocalMemoryOfTheLaunch() {
    String log =
        """
        ptxas info    : 8 bytes gmem
        ptxas info    : Compiling entry function 'split' for 'sm_80'
        ptxas info    : Function properties for split
            48 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads
        ptxas info    : Used 255 registers, used 1 barriers, 512 bytes smem
        ptxas info    : Compiling entry function 'join' for 'sm_80'
        ptxas info    : Function properties for join
            0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
        ptxas info    : Used 32 registers, used 0 barriers
        """;
    String ptx =
        """
        .visible .const .align 4 .u32 split_local = 40960;
        mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1}, {%r1}, {%r2}, {%f1};
        """;

    assertEquals(
        List.of(
            new EntryNumbers("split", 255, 0, 41472, 32, 48),
            new EntryNumbers("join", 32, 0, 0, 0, 0)),
        Listings.nvidia(log, ptx));
    assertEquals("1 mma.sync", matrix("sm_80", ptx));
    assertEquals(
        "1 HGMMA+1 HMMA",
        matrix("sm_90a", "HGMMA.64x64x16.F32 R24, gdesc\nHMMA.16816.F32 R4, R8\nFFMA R0, R1\n"));
  }

  @Test
  void shouldReadIntelListingAndPatchList() {
    String listing =
        """
        //.kernel join
        //.platform DG2
        //.thread_config numGRF=256, numAcc=8, numSWSB=16
        //.spill size 128
        dpas.8x8 (8|M0) r10:f r10:f r90:bf r30.0:bf
        dpasw.8x4 (8|M0) r20:f r20:f r90:bf r30.0:bf
        """;
    String patches =
        """
        Kernel Name = join
        TotalInlineLocalMemorySize = 2048
        PerThreadScratchSpace = 512
        """;

    assertEquals("join", Listings.intelName(listing));
    assertEquals("join", Listings.intelPatchName(patches));
    assertEquals(
        new EntryNumbers("join", 256, 0, 2048, 128, 512), Listings.intel(listing, patches));
    assertEquals("1 dpas+1 dpasw", matrix("dg2", listing));
    assertEquals("-", matrix("tgllp", listing));
  }

  @Test
  void shouldWriteANumberForEachEntry() {
    Compiled compiled =
        new Compiled(
            "",
            List.of(
                new EntryNumbers("split", 96, 30, 4096, 3, 16),
                new EntryNumbers("join", 20, 0, 8192, 1, 0)),
            Map.of());

    assertEquals("96+30/20", compiled.each(EntryNumbers::registersText));
    assertEquals(4, compiled.spills());
    assertEquals(8192, compiled.localBytes());
    assertEquals("-", Compiled.failed(" ").each(EntryNumbers::spills));
    assertEquals("the compiler failed without a message", Compiled.failed(" ").log());
    assertEquals(4003, Compiled.failed("x".repeat(9000)).log().length());
  }

  private static String matrix(String target, String listing) {
    var pattern = Targets.named(target).getFirst().matrixPattern();
    return new Compiled("", List.of(), Compiled.count(pattern, listing)).matrixText();
  }
}
