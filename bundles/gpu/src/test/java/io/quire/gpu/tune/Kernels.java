package io.quire.gpu.tune;

import io.quire.api.kernel.Expression;
import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Kernels for tests: {@code activation} with tunables A and B. */
final class Kernels {
  static final Map<String, Integer> SHAPE = Map.of("WIDTH", 64, "FUNCTION", 0);

  private Kernels() {}

  /** A times B must not be above 256. */
  static KernelSource source(List<Integer> a, List<Integer> b, String text) {
    Map<String, List<Integer>> tunables = new LinkedHashMap<>();
    tunables.put("A", a);
    tunables.put("B", b);
    Expression size =
        new Expression.Call(Expression.Operator.MULTIPLY, List.of(name("A"), name("B")));
    KernelHeader header =
        new KernelHeader(
            "activation",
            "test",
            "1.0",
            List.of("bf16"),
            "",
            0,
            tunables,
            Map.of("WG_SIZE", size),
            List.of(),
            List.of(),
            List.of(
                new KernelHeader.Launch(
                    "activate",
                    List.of("out", "in"),
                    List.of(name("rows"), one(), one()),
                    name("WG_SIZE"),
                    one())),
            Map.of(),
            "");
    return new Source(header, text);
  }

  private record Source(KernelHeader header, String text) implements KernelSource {
    @Override
    public String origin() {
      return "test";
    }
  }

  private static Expression name(String name) {
    return new Expression.Name(name);
  }

  private static Expression one() {
    return new Expression.Constant(1);
  }
}
