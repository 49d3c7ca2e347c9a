package io.quire.gpu.kernel;

import io.quire.api.kernel.Expression;
import io.quire.api.kernel.Expression.Call;
import io.quire.api.kernel.Expression.Constant;
import io.quire.api.kernel.Expression.Name;
import io.quire.api.kernel.Expression.Operator;
import java.util.Map;
import java.util.stream.Collectors;

/** What can be done with a header's expressions besides computing them. */
final class Expressions {
  private static final Map<Operator, String> SIGNS =
      Map.ofEntries(
          Map.entry(Operator.ADD, "+"),
          Map.entry(Operator.SUBTRACT, "-"),
          Map.entry(Operator.MULTIPLY, "*"),
          Map.entry(Operator.DIVIDE, "/"),
          Map.entry(Operator.REMAINDER, "%"),
          Map.entry(Operator.LESS, "<"),
          Map.entry(Operator.LESS_EQUAL, "<="),
          Map.entry(Operator.EQUAL, "=="),
          Map.entry(Operator.NOT_EQUAL, "!="),
          Map.entry(Operator.AND, "&&"),
          Map.entry(Operator.OR, "||"));

  private Expressions() {}

  /**
   * Puts numbers in place of the names that are known.
   *
   * @param expression any
   * @param known values by name
   * @return an expression with the other names only
   */
  static Expression fold(Expression expression, Map<String, Long> known) {
    return switch (expression) {
      case Name(var name) when known.containsKey(name) -> new Constant(known.get(name));
      case Call(var operator, var operands) ->
          new Call(operator, operands.stream().map(o -> fold(o, known)).toList());
      default -> expression;
    };
  }

  /** {@return whether it has no name} */
  static boolean constant(Expression expression) {
    return switch (expression) {
      case Constant c -> true;
      case Name n -> false;
      case Call(var operator, var operands) -> operands.stream().allMatch(Expressions::constant);
    };
  }

  /**
   * Writes an expression as a header would have it.
   *
   * @param expression any
   * @return its text, with parentheses around every operation but the outermost
   */
  static String text(Expression expression) {
    String text = inner(expression);
    boolean wrapped = expression instanceof Call(var op, var operands) && SIGNS.containsKey(op);
    return wrapped ? text.substring(1, text.length() - 1) : text;
  }

  private static String inner(Expression expression) {
    return switch (expression) {
      case Constant(var value) -> Long.toString(value);
      case Name(var name) -> name;
      case Call(var operator, var operands) when SIGNS.containsKey(operator) ->
          operands.stream()
              .map(Expressions::inner)
              .collect(Collectors.joining(" " + SIGNS.get(operator) + " ", "(", ")"));
      case Call(var operator, var operands) when operator == Operator.NOT ->
          "!" + inner(operands.getFirst());
      case Call(var operator, var operands) ->
          operands.stream()
              .map(Expressions::text)
              .collect(
                  Collectors.joining(
                      ", ", operator.name().toLowerCase(java.util.Locale.ROOT) + "(", ")"));
    };
  }
}
