package io.quire.backend.amd.program;

import io.quire.gpu.program.Prelude;
import io.quire.gpu.program.Prelude.Slab;

/** The lowerings of the tile dialect that this driver has. */
public final class Preludes {
  /** Any OpenCL device: a slab is one work-item with one row. */
  public static final Prelude OPENCL =
      new Prelude("opencl", "-cl-std=CL1.2", 1, new Slab(1, 1), new Slab(1, 1), 0);

  /**
   * AMD gfx90a, gfx94x and gfx950 (CDNA 2 to 4, whose matrix cores take bf16 by fours): waves of
   * 64.
   */
  public static final Prelude CDNA =
      new Prelude("cdna", "-cl-std=CL2.0", 64, new Slab(32, 64), new Slab(16, 64), 0);

  /** AMD gfx11 (RDNA 3): waves of 32. gfx12 lays its matrices out in another way. */
  public static final Prelude RDNA3 =
      new Prelude("rdna3", "-cl-std=CL2.0", 32, new Slab(16, 32), new Slab(16, 32), 0);

  private Preludes() {}

  /**
   * The prelude of a name.
   *
   * @param name such as {@code opencl}
   * @return the prelude
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Prelude named(String name) {
    return switch (name) {
      case "opencl" -> OPENCL;
      case "cdna" -> CDNA;
      case "rdna3" -> RDNA3;
      default ->
          throw new IllegalArgumentException(
              "there is no prelude " + name + "; there are opencl, cdna and rdna3");
    };
  }

  /**
   * The prelude made for an architecture.
   *
   * @param arch such as {@code gfx942}
   * @return a vendor's prelude, or the generic one
   */
  public static Prelude madeFor(String arch) {
    if (arch.matches("gfx(90a|94[0-9a-f]|950)")) {
      return CDNA;
    }
    return arch.matches("gfx11[0-9a-f]{2}") ? RDNA3 : OPENCL;
  }
}
