package io.quire.tools.shape;

import io.quire.testkit.kernel.CaseSource;
import io.quire.testkit.kernel.KernelCase;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The shape classes of operations: those of the contract cases, and those of a model. */
public final class Shapes {
  /** Which ones are wanted. */
  public enum Kind {
    /** Those of a model alone. */
    MODEL,
    /** Those of the contract cases alone. */
    CASES,
    /** Both. */
    ALL
  }

  private static final long SEED = 1;

  private final CaseSource cases;
  private final Map<String, List<ShapeClass>> known = new HashMap<>();

  /**
   * Takes some cases.
   *
   * @param cases the contract cases
   */
  public Shapes(CaseSource cases) {
    this.cases = cases;
  }

  /**
   * The shape classes of an operation.
   *
   * @param op the operation
   * @param dtype what the registry is asked for
   * @param kind which ones
   * @return each once, the model's first
   */
  public List<ShapeClass> of(String op, String dtype, Kind kind) {
    return known.computeIfAbsent(op + ' ' + dtype + ' ' + kind, key -> find(op, dtype, kind));
  }

  private List<ShapeClass> find(String op, String dtype, Kind kind) {
    Set<ShapeClass> shapes = new LinkedHashSet<>();
    if (kind != Kind.CASES) {
      ModelShapes.of(ModelShapes.LLAMA_8B, op, dtype)
          .forEach(shape -> shapes.add(new ShapeClass(shape)));
    }
    if (kind != Kind.MODEL) {
      for (KernelCase each : cases.cases(op, dtype, SEED)) {
        shapes.add(new ShapeClass(withElement(each.shape(), dtype)));
      }
    }
    return List.copyOf(shapes);
  }

  private static Map<String, Integer> withElement(Map<String, Integer> shape, String dtype) {
    Map<String, Integer> whole = new HashMap<>(shape);
    whole.putIfAbsent("ELEM_FP16", dtype.equals("f16") ? 1 : 0);
    return whole;
  }
}
