package io.quire.tools.target;

import io.quire.tools.command.UsageException;
import io.quire.tools.target.Target.Maker;
import io.quire.tools.target.Target.Slab;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The devices that kernels are compiled for without having them. Numbers of slabs are those of the
 * preludes (see {@code docs/dialect.md}), the others those of the makers' manuals: CUDA's compute
 * capabilities, ROCm's and oneAPI's hardware tables.
 */
public final class Targets {
  private static final long GIB = 1L << 30;
  private static final String MFMA = "\\bv_mfma";
  private static final String WMMA = "\\bv_wmma";
  private static final String DPAS = "\\bdpasw?\\b";
  private static final String MMA = "\\b(?:wgmma\\.mma_async|mma\\.sync|HG?MMA)\\b";
  private static final Slab ROW = new Slab(1, 1);
  private static final Slab WARP = new Slab(16, 32);

  private static final List<Target> ALL =
      List.of(
          nvidia("sm_80", WARP, 163 << 10, 0, 108, 80 * GIB),
          nvidia("sm_90a", new Slab(64, 128), 227 << 10, 128, 132, 141 * GIB),
          cdna("gfx90a", 104, 64 * GIB),
          cdna("gfx942", 304, 192 * GIB),
          new Target(
              "gfx1100", Maker.AMD, "rdna3", WARP, WARP, 64 << 10, 1024, 32, 0, 48, 24 * GIB, WMMA,
              Map.of()),
          new Target(
              "tgllp",
              Maker.INTEL,
              "opencl",
              ROW,
              ROW,
              64 << 10,
              512,
              16,
              0,
              96,
              16 * GIB,
              "",
              Map.of()),
          xe("dg2", 8, 64 << 10, 512, 16 * GIB),
          xe("pvc", 16, 128 << 10, 448, 48 * GIB));

  private Targets() {}

  private static Target nvidia(
      String name, Slab wide, int local, int copier, int units, long memory) {
    return new Target(
        name,
        Maker.NVIDIA,
        "cuda",
        wide,
        WARP,
        local,
        1024,
        32,
        copier,
        units,
        memory,
        MMA,
        Map.of());
  }

  private static Target cdna(String name, int units, long memory) {
    return new Target(
        name,
        Maker.AMD,
        "cdna",
        new Slab(32, 64),
        new Slab(16, 64),
        64 << 10,
        1024,
        64,
        0,
        units,
        memory,
        MFMA,
        Map.of());
  }

  /** Half the work-items of a group, as each thread has 256 registers instead of 128. */
  private static Target xe(String name, int lanes, int local, int units, long memory) {
    Slab slab = new Slab(8, lanes);
    return new Target(
        name,
        Maker.INTEL,
        "xe",
        slab,
        slab,
        local,
        512,
        lanes,
        0,
        units,
        memory,
        DPAS,
        Map.of("SG", String.valueOf(lanes)));
  }

  /** {@return every target} */
  public static List<Target> all() {
    return ALL;
  }

  /**
   * Finds targets.
   *
   * @param names names apart by commas, or {@code all}
   * @return the targets
   * @throws UsageException if a name is unknown; names those there are
   */
  public static List<Target> named(String names) {
    if (names.equals("all")) {
      return ALL;
    }
    List<Target> found = new ArrayList<>();
    for (String name : names.split(",")) {
      found.add(
          ALL.stream()
              .filter(target -> target.name().equals(name.strip()))
              .findFirst()
              .orElseThrow(() ->
                  new UsageException(
                      "there is no target "
                          + name.strip()
                          + "; there are "
                          + ALL.stream().map(Target::name).toList()
                          + " and all")));
    }
    return found;
  }
}
