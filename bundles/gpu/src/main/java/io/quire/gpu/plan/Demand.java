package io.quire.gpu.plan;

import java.util.Map;

/**
 * An operation for which a kernel is wanted.
 *
 * @param op the operation
 * @param dtype what the registry is asked for
 * @param shape its compile-time numbers
 */
record Demand(String op, String dtype, Map<String, Integer> shape) {
  Demand {
    shape = Map.copyOf(shape);
  }
}
