package io.quire.text.jinja;

import java.util.List;
import java.util.Optional;

/** An expression of a template. */
sealed interface Expr {
  /** {@return where it stands} */
  Pos pos();

  /** A literal. */
  record Const(Object value, Pos pos) implements Expr {}

  /** A variable. */
  record Name(String name, Pos pos) implements Expr {}

  /** Expressions joined by commas. */
  record TupleOf(List<Expr> items, Pos pos) implements Expr {}

  /** A list literal. */
  record ListOf(List<Expr> items, Pos pos) implements Expr {}

  /** A mapping literal; keys and values alternate. */
  record DictOf(List<Expr> pairs, Pos pos) implements Expr {}

  /** {@code +}, {@code -} before an operand. */
  record Unary(String operator, Expr operand, Pos pos) implements Expr {}

  /** {@code not}. */
  record Not(Expr operand, Pos pos) implements Expr {}

  /** An arithmetic operator. */
  record Binary(String operator, Expr left, Expr right, Pos pos) implements Expr {}

  /** Operands of {@code ~}. */
  record Concat(List<Expr> parts, Pos pos) implements Expr {}

  /** Comparisons, possibly chained. */
  record Compare(Expr first, List<Operand> rest, Pos pos) implements Expr {}

  /** {@code and} or {@code or}. */
  record Logic(boolean and, Expr left, Expr right, Pos pos) implements Expr {}

  /** {@code then if test else otherwise}. */
  record Conditional(Expr test, Expr then, Optional<Expr> otherwise, Pos pos) implements Expr {}

  /** {@code object.name}. */
  record Attribute(Expr object, String name, Pos pos) implements Expr {}

  /** {@code object[index]}. */
  record Item(Expr object, Expr index, Pos pos) implements Expr {}

  /** {@code start:stop:step} within brackets. */
  record SliceOf(Optional<Expr> start, Optional<Expr> stop, Optional<Expr> step, Pos pos)
      implements Expr {}

  /** A call. */
  record Call(Expr callee, Arguments arguments, Pos pos) implements Expr {}

  /** {@code target | name(arguments)}; without target where it filters a block. */
  record Filter(Optional<Expr> target, String name, Arguments arguments, Pos pos) implements Expr {}

  /** {@code value is name(arguments)}. */
  record Test(Expr value, String name, Arguments arguments, Pos pos) implements Expr {}

  /** An operator of a comparison and what stands right of it. */
  record Operand(String operator, Expr value) {}

  /** An argument by name. */
  record Named(String name, Expr value) {}

  /** The arguments of a call; {@code star} is {@code *x} and {@code starStar} is {@code **x}. */
  record Arguments(
      List<Expr> positional, List<Named> named, Optional<Expr> star, Optional<Expr> starStar) {
    static final Arguments NONE =
        new Arguments(List.of(), List.of(), Optional.empty(), Optional.empty());
  }
}
