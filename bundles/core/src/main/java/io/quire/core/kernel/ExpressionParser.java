package io.quire.core.kernel;

import static io.quire.core.kernel.KernelHeaderException.quoted;

import io.quire.api.kernel.Expression;
import io.quire.api.kernel.Expression.Call;
import io.quire.api.kernel.Expression.Constant;
import io.quire.api.kernel.Expression.Name;
import io.quire.api.kernel.Expression.Operator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads expressions, with C's precedence: {@code ||}, {@code &&}, {@code == !=}, {@code < <= > >=},
 * {@code + -}, {@code * / %}, from the weakest to the strongest, then {@code ! -} of one operand.
 */
final class ExpressionParser {
  /** Most operands and operators of an expression; bounds how deep its evaluation recurses. */
  static final int MAX_NODES = 256;

  /** Most parentheses, functions and signs within each other. */
  static final int MAX_DEPTH = 32;

  private static final Pattern FIXED = Pattern.compile("[A-Z][A-Z0-9_]*");
  private static final Pattern SIZE = Pattern.compile("[a-z][a-z0-9_]*");
  private static final Set<String> RESERVED = Set.of("groups", "size", "when");
  private static final Map<String, Operator> FUNCTIONS =
      Map.of(
          "min", Operator.MIN, "max", Operator.MAX, "ceil", Operator.CEIL, "pow2", Operator.POW2);
  private static final String OPERAND =
      "a name, a decimal number, '(', '!', '-', min(a,b), max(a,b), ceil(a,b) or pow2(a)";

  /** Infix operators, those that bind weakest first. */
  private static final List<Map<String, Operator>> LEVELS =
      List.of(
          Map.of("||", Operator.OR),
          Map.of("&&", Operator.AND),
          Map.of("==", Operator.EQUAL, "!=", Operator.NOT_EQUAL),
          Map.of(
              "<", Operator.LESS,
              "<=", Operator.LESS_EQUAL,
              ">", Operator.LESS,
              ">=", Operator.LESS_EQUAL),
          Map.of("+", Operator.ADD, "-", Operator.SUBTRACT),
          Map.of("*", Operator.MULTIPLY, "/", Operator.DIVIDE, "%", Operator.REMAINDER));

  private final Tokens tokens;
  private final boolean sizes;
  private int nodes;
  private int depth;

  private ExpressionParser(Tokens tokens, boolean sizes) {
    this.tokens = tokens;
    this.sizes = sizes;
  }

  /**
   * Reads an expression as far as it goes.
   *
   * @param tokens stand before it, and behind it afterwards
   * @param sizes whether names of a launch's sizes may occur
   * @return the expression
   * @throws KernelHeaderException if there is none, or it is wrong or too large
   */
  static Expression parse(Tokens tokens, boolean sizes) throws KernelHeaderException {
    return new ExpressionParser(tokens, sizes).infix(0);
  }

  private Expression infix(int level) throws KernelHeaderException {
    if (level == LEVELS.size()) {
      return prefix();
    }
    Expression left = infix(level + 1);
    for (Operator operator = LEVELS.get(level).get(tokens.word());
        operator != null;
        operator = LEVELS.get(level).get(tokens.word())) {
      boolean mirrored = tokens.take().startsWith(">");
      Expression right = infix(level + 1);
      List<Expression> operands = mirrored ? List.of(right, left) : List.of(left, right);
      left = counted(new Call(operator, operands));
    }
    return left;
  }

  private Expression prefix() throws KernelHeaderException {
    if (++depth > MAX_DEPTH) {
      throw tokens.unexpected("at most " + MAX_DEPTH + " parentheses, functions and signs deep");
    }
    Expression read;
    if (tokens.accept("!")) {
      read = counted(new Call(Operator.NOT, List.of(prefix())));
    } else if (tokens.accept("-")) {
      read = counted(new Call(Operator.SUBTRACT, List.of(new Constant(0), prefix())));
    } else if (tokens.accept("(")) {
      read = infix(0);
      tokens.expect(")");
    } else if (tokens.atNumber()) {
      read = counted(number());
    } else {
      read = name();
    }
    depth--;
    return read;
  }

  private Expression number() throws KernelHeaderException {
    try {
      Constant number = new Constant(Long.parseLong(tokens.word()));
      tokens.take();
      return number;
    } catch (NumberFormatException e) {
      throw tokens.unexpected("numbers up to " + Long.MAX_VALUE);
    }
  }

  private Expression name() throws KernelHeaderException {
    if (!tokens.atName() || RESERVED.contains(tokens.word())) {
      throw tokens.unexpected(OPERAND);
    }
    Operator function = FUNCTIONS.get(tokens.word());
    if (function != null) {
      return function(function);
    }
    String name = tokens.word();
    if (!FIXED.matcher(name).matches() && !(sizes && SIZE.matcher(name).matches())) {
      throw tokens.unexpected(
          "names in UPPER_CASE, which are fixed at compile time"
              + (sizes ? ", and in lower_case, the sizes of a launch" : "; sizes vary"));
    }
    tokens.take();
    if (tokens.word().equals("(")) {
      throw tokens.error("has the function " + quoted(name), OPERAND);
    }
    return counted(new Name(name));
  }

  private Expression function(Operator operator) throws KernelHeaderException {
    tokens.take();
    tokens.expect("(");
    Expression first = infix(0);
    List<Expression> operands = List.of(first);
    if (operator.arity() == 2) {
      tokens.expect(",");
      operands = List.of(first, infix(0));
    }
    tokens.expect(")");
    return counted(new Call(operator, operands));
  }

  private Expression counted(Expression node) throws KernelHeaderException {
    if (++nodes > MAX_NODES) {
      throw tokens.error(
          "has an expression of more than " + MAX_NODES + " operands and operators",
          "at most " + MAX_NODES);
    }
    return node;
  }
}
