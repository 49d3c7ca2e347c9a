package io.quire.backend.cpu.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The widest vectors of this machine, as constants so that the compiler sees them. */
final class VectorShape {
  static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.length() > Kernels.LANES
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;

  /** Floats in a vector: 16, 8, 4 or 2. */
  static final int WIDTH = FLOATS.length();

  static final VectorSpecies<Integer> INTS =
      IntVector.SPECIES_PREFERRED.length() > Kernels.LANES
          ? IntVector.SPECIES_512
          : IntVector.SPECIES_PREFERRED;

  /** As many bytes as there are floats in a vector; 8 at least. */
  static final VectorSpecies<Byte> BYTES =
      WIDTH == Kernels.LANES ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;

  /** As many shorts as there are floats in a vector; 4 at least. */
  static final VectorSpecies<Short> SHORTS =
      WIDTH == Kernels.LANES ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;

  private VectorShape() {}

  /** Exchanges lanes whose numbers differ in one bit. */
  static VectorShuffle<Float> exchange(int bit) {
    return VectorShuffle.fromOp(FloatVector.SPECIES_512, i -> i ^ bit);
  }
}
