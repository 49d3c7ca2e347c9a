package io.quire.gpu.program;

import java.util.Map;

/**
 * A lowering of the tile dialect that a driver has, and the numbers that kernels may ask for.
 *
 * @param name name of its file, without {@code .h}
 * @param options for the compiler
 * @param subgroup lanes that run in step; 1 where nothing is known of them
 * @param wide the slab of kernels bound by arithmetic
 * @param narrow the slab of kernels bound by memory
 * @param copierLanes lanes of a group that only copy; 0 where there is no engine for it
 */
public record Prelude(
    String name, String options, int subgroup, Slab wide, Slab narrow, int copierLanes) {

  /**
   * The lanes that own some rows of a tile together.
   *
   * @param rows how many rows
   * @param lanes how many lanes
   */
  public record Slab(int rows, int lanes) {}

  /** {@return the properties of a device that follow from it, by their names} */
  public Map<String, Object> properties() {
    return Map.of(
        "prelude", name,
        "copier.lanes", copierLanes,
        "slab.wide.rows", wide.rows(),
        "slab.wide.lanes", wide.lanes(),
        "slab.narrow.rows", narrow.rows(),
        "slab.narrow.lanes", narrow.lanes());
  }
}
