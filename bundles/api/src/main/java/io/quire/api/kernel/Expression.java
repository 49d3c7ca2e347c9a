package io.quire.api.kernel;

import java.io.Serializable;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Whole-number arithmetic over names, as kernel headers have it. Immutable; evaluating allocates
 * nothing.
 */
public sealed interface Expression extends Serializable {
  /**
   * Computes the value.
   *
   * @param names gives the value of a name, or throws
   * @return the value
   * @throws ArithmeticException on a division by zero or beyond 64 bits
   */
  long evaluate(ToLongFunction<String> names);

  /**
   * A number.
   *
   * @param value the number
   */
  record Constant(long value) implements Expression {
    @Override
    public long evaluate(ToLongFunction<String> names) {
      return value;
    }
  }

  /**
   * A name.
   *
   * @param name the name
   */
  record Name(String name) implements Expression {
    @Override
    public long evaluate(ToLongFunction<String> names) {
      return names.applyAsLong(name);
    }
  }

  /**
   * An operator or function with its operands.
   *
   * @param operator which one
   * @param operands as many as it takes
   */
  record Call(Operator operator, List<Expression> operands) implements Expression {
    /**
     * Copies and checks the operands.
     *
     * @throws IllegalArgumentException if they are not as many as the operator takes
     */
    public Call {
      operands = List.copyOf(operands);
      if (operands.size() != operator.arity()) {
        throw new IllegalArgumentException(
            operator + " takes " + operator.arity() + " operands, not " + operands.size());
      }
    }

    @Override
    public long evaluate(ToLongFunction<String> names) {
      long a = operands.getFirst().evaluate(names);
      return switch (operator) {
        case AND -> a != 0 && operands.getLast().evaluate(names) != 0 ? 1 : 0;
        case OR -> a != 0 || operands.getLast().evaluate(names) != 0 ? 1 : 0;
        default ->
            operator.apply(a, operator.arity() == 1 ? 0 : operands.getLast().evaluate(names));
      };
    }
  }

  /** What can be done with numbers; truth is 1, falsehood 0. */
  enum Operator {
    /** {@code a + b}. */
    ADD,
    /** {@code a - b}. */
    SUBTRACT,
    /** {@code a * b}. */
    MULTIPLY,
    /** {@code a / b}, towards zero. */
    DIVIDE,
    /** {@code a % b}. */
    REMAINDER,
    /** {@code a < b}. */
    LESS,
    /** {@code a <= b}. */
    LESS_EQUAL,
    /** {@code a == b}. */
    EQUAL,
    /** {@code a != b}. */
    NOT_EQUAL,
    /** {@code a && b}; b is not computed if a is 0. */
    AND,
    /** {@code a || b}; b is not computed if a is not 0. */
    OR,
    /** {@code !a}. */
    NOT,
    /** The smaller one. */
    MIN,
    /** The greater one. */
    MAX,
    /** {@code a / b}, away from zero for positive numbers. */
    CEIL,
    /** The least power of two that is not below a; 1 at least. */
    POW2;

    /** {@return the number of operands} */
    public int arity() {
      return this == NOT || this == POW2 ? 1 : 2;
    }

    private long apply(long a, long b) {
      return switch (this) {
        case ADD -> Math.addExact(a, b);
        case SUBTRACT -> Math.subtractExact(a, b);
        case MULTIPLY -> Math.multiplyExact(a, b);
        case DIVIDE -> Math.divideExact(a, b);
        case REMAINDER -> a % b;
        case LESS -> a < b ? 1 : 0;
        case LESS_EQUAL -> a <= b ? 1 : 0;
        case EQUAL -> a == b ? 1 : 0;
        case NOT_EQUAL -> a != b ? 1 : 0;
        case NOT -> a == 0 ? 1 : 0;
        case MIN -> Math.min(a, b);
        case MAX -> Math.max(a, b);
        case CEIL -> Math.ceilDivExact(a, b);
        case POW2 -> a <= 1 ? 1 : Math.multiplyExact(Long.highestOneBit(a - 1), 2L);
        default -> throw new IllegalStateException(this + " is computed where its operands are");
      };
    }
  }
}
