package io.quire.gpu.plan;

import io.quire.api.model.Value;
import io.quire.gpu.kernel.Arguments;
import io.quire.gpu.kernel.Sizes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Makes calls with what all operations of a plan have in common. */
final class Calls {
  /** So many sequences leave a device with idle parts, which a kernel may use for each of them. */
  private static final int FEW_SEQUENCES = 32;

  private final String element;
  private final int maxTokens;
  private final int maxSequences;
  private final int logitRows;
  private final List<Integer> buckets;

  /**
   * Takes the plan's sizes.
   *
   * @param element {@code bf16} or {@code f16}
   * @param maxTokens tokens of a step
   * @param maxSequences sequences of a step
   * @param logitRows rows of logits of a round
   * @param buckets numbers of rows that kernels for few rows are made for, ascending
   */
  Calls(String element, int maxTokens, int maxSequences, int logitRows, List<Integer> buckets) {
    this.element = element;
    this.maxTokens = maxTokens;
    this.maxSequences = maxSequences;
    this.logitRows = logitRows;
    this.buckets = List.copyOf(buckets);
  }

  /** {@return the type of activations} */
  String element() {
    return element;
  }

  /** {@return the buckets up to the one that holds all rows of a value} */
  List<Integer> buckets(Value value) {
    List<Integer> all = new ArrayList<>();
    for (int rows : buckets) {
      all.add(rows);
      if (rows >= rows(value)) {
        break;
      }
    }
    return all;
  }

  /** {@return numbers of sequences that kernels for their single tokens are made for, ascending} */
  List<Integer> decodes() {
    return maxSequences <= FEW_SEQUENCES
        ? List.of(maxSequences)
        : List.of(FEW_SEQUENCES, maxSequences);
  }

  /** {@return most rows of a value} */
  int rows(Value value) {
    return value.rows() == Value.Rows.TOKENS ? maxTokens : logitRows;
  }

  /** {@return a stage of an operation on activations} */
  Stage stage(String op, Map<String, Integer> shape, Value out, Arguments arguments) {
    return new Stage.Single(call(op, element, shape, out, 1, arguments));
  }

  /** {@return a call for all rows of a value} */
  Call call(
      String op,
      String dtype,
      Map<String, Integer> shape,
      Value out,
      int rowFactor,
      Arguments arguments) {
    return call(op, dtype, shape, Math.multiplyExact(rows(out), rowFactor), rowFactor, arguments);
  }

  /** {@return a call for at most so many rows} */
  Call call(
      String op,
      String dtype,
      Map<String, Integer> shape,
      int rows,
      int rowFactor,
      Arguments arguments) {
    Map<String, Integer> all = new HashMap<>(shape);
    all.put("ELEM_FP16", element.equals("f16") ? 1 : 0);
    Sizes greatest =
        new Sizes()
            .set(Sizes.TOKENS, maxTokens)
            .set(Sizes.SEQS, maxSequences)
            .set(Sizes.ROWS, rows)
            .set(Sizes.N, Math.max(StepArea.UPDATES, 1));
    return new Call(
        new Demand(op, dtype, all), arguments, rowFactor, greatest, OptionalInt.empty());
  }
}
