package io.quire.testkit.kernel;

import static io.quire.testkit.kernel.ElementwiseCasesBuilder.PRECISE;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.each;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.ints;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.numbers;
import static io.quire.testkit.kernel.ElementwiseCasesBuilder.within;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Turning queries and keys by their positions, and storing keys and values: both kinds of pairs,
 * heads turned wholly, in part and not at all, positions up to 2^20.
 *
 * <p>An angle may have been rounded to single precision before it is reduced; sine and cosine may
 * be off by 2^-20. What is not turned is copied bit by bit, and the rest of the cache is left
 * alone.
 */
final class ElementwiseCasesRope {
  static final String OP = "rope.cache";

  private static final int PAGE = 16;
  private static final int BLOCKS = 3;
  private static final float MAGNITUDE = 1.25f;
  private static final int[] POSITIONS = {0, 77, (1 << 20) - 1, 12345, 1 << 20};
  private static final int[] SLOTS = {5, 47, 0, 16, 31};

  /** Queries or keys, and what turning makes of them. */
  private record Turned(double[] in, double[] out, double[] allowed) {}

  private record Shape(int heads, int kvHeads, int headDim, int rotary, int neox) {}

  private final Shape shape;
  private final ElementType type;
  private final double[] angles;

  private ElementwiseCasesRope(Shape shape, ElementType type) {
    this.shape = shape;
    this.type = type;
    int pairs = shape.rotary() / 2;
    angles = each(pairs, i -> (float) Math.pow(10_000, -(double) i / pairs));
  }

  static List<KernelCase> cases(ElementType type, RandomGenerator random) {
    return List.of(
            new Shape(9, 3, 64, 64, 1),
            new Shape(4, 2, 64, 64, 0),
            new Shape(2, 2, 80, 20, 1),
            new Shape(2, 1, 80, 20, 0),
            new Shape(8, 1, 128, 64, 1),
            new Shape(3, 3, 64, 32, 0),
            new Shape(2, 1, 64, 0, 1),
            new Shape(1, 1, 12, 12, 1))
        .stream()
        .map(shape -> new ElementwiseCasesRope(shape, type).toCase(random))
        .toList();
  }

  private KernelCase toCase(RandomGenerator random) {
    int row = shape.kvHeads() * shape.headDim();
    Turned q = turn(shape.heads(), random);
    Turned k = turn(shape.kvHeads(), random);
    double[] v = numbers(type, POSITIONS.length * row, 4, random);
    Turned stored = new Turned(v, v, new double[v.length]);
    String turned =
        shape.rotary() + (shape.neox() == 1 ? " turned in halves" : " turned in neighbours");
    ElementwiseCasesBuilder builder =
        new ElementwiseCasesBuilder(
                OP,
                type,
                shape.heads()
                    + " and "
                    + shape.kvHeads()
                    + " heads of "
                    + shape.headDim()
                    + ", "
                    + turned)
            .shape("HEADS", shape.heads())
            .shape("KV_HEADS", shape.kvHeads())
            .shape("HEAD_DIM", shape.headDim())
            .shape("ROTARY", shape.rotary())
            .shape("NEOX", shape.neox())
            .shape("PAGE", PAGE)
            .size("tokens", POSITIONS.length)
            .in("k", type.buffer(k.in()))
            .in("v", type.buffer(v))
            .in("positions", ints(POSITIONS))
            .in("cache_slots", ints(SLOTS))
            .in("angles", ElementType.F32.buffer(angles))
            .number("magnitude", MAGNITUDE)
            .out("q", type.buffer(q.in()), check(q));
    cache(builder, "k_cache", k, row, random);
    cache(builder, "v_cache", stored, row, random);
    return builder.build();
  }

  private void cache(
      ElementwiseCasesBuilder builder, String name, Turned rows, int row, RandomGenerator random) {
    double[] before = numbers(type, BLOCKS * PAGE * row, 4, random);
    double[] after = before.clone();
    double[] allowed = new double[before.length];
    for (int t = 0; t < SLOTS.length; t++) {
      System.arraycopy(rows.out(), t * row, after, SLOTS[t] * row, row);
      System.arraycopy(rows.allowed(), t * row, allowed, SLOTS[t] * row, row);
    }
    builder.out(name, type.buffer(before), check(new Turned(before, after, allowed)));
  }

  private Turned turn(int heads, RandomGenerator random) {
    double[] in = numbers(type, POSITIONS.length * heads * shape.headDim(), 4, random);
    double[] out = in.clone();
    double[] allowed = new double[in.length];
    int pairs = shape.rotary() / 2;
    for (int head = 0; head < POSITIONS.length * heads; head++) {
      for (int i = 0; i < pairs; i++) {
        int first = head * shape.headDim() + (shape.neox() == 1 ? i : 2 * i);
        int second = first + (shape.neox() == 1 ? pairs : 1);
        int position = POSITIONS[head / heads];
        double angle = position * angles[i];
        double cosine = Math.cos(angle) * MAGNITUDE;
        double sine = Math.sin(angle) * MAGNITUDE;
        out[first] = in[first] * cosine - in[second] * sine;
        out[second] = in[second] * cosine + in[first] * sine;
        double error = Math.abs((float) position * (float) angles[i] - angle) + 2 * PRECISE;
        allowed[first] = MAGNITUDE * error * (Math.abs(in[first]) + Math.abs(in[second]));
        allowed[second] = allowed[first];
      }
    }
    return new Turned(in, out, allowed);
  }

  /** Within what is allowed; where nothing is, the very number. */
  private KernelCase.Check check(Turned rows) {
    KernelCase.Check near = within(type, rows.out(), rows.allowed());
    return result -> {
      for (int i = 0; i < rows.out().length; i++) {
        if (rows.allowed()[i] == 0 && type.get(result, i) != rows.out()[i]) {
          return Optional.of(
              "element "
                  + i
                  + " is "
                  + type.get(result, i)
                  + ", expected "
                  + rows.out()[i]
                  + " itself");
        }
      }
      return near.problem(result);
    };
  }
}
