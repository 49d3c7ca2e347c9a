package io.quire.testkit.kernel;

import java.util.List;
import java.util.Set;

/** Makes the cases of some operations. */
public interface CaseSource {
  /** {@return the operations it has cases for} */
  Set<String> ops();

  /**
   * Makes the cases of one operation. The same seed makes the same cases.
   *
   * @param op a member of {@link #ops()}
   * @param dtype the type that a kernel serves
   * @param seed where random inputs come from
   * @return the cases; none if the operation does not exist in this type
   */
  List<KernelCase> cases(String op, String dtype, long seed);
}
