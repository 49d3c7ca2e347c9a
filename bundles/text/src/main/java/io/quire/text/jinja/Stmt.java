package io.quire.text.jinja;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A statement of a template. */
sealed interface Stmt {
  /** {@return where it stands} */
  Pos pos();

  /** Text outside of tags. */
  record Text(String text, Pos pos) implements Stmt {}

  /** Expressions to print. */
  record Print(List<Expr> values, Pos pos) implements Stmt {}

  /** {@code if}, {@code elif} and {@code else}. */
  record If(List<Branch> branches, List<Stmt> otherwise, Pos pos) implements Stmt {}

  /** {@code for}. */
  record For(
      Target target,
      Expr iterable,
      Optional<Expr> test,
      boolean recursive,
      List<Stmt> body,
      List<Stmt> otherwise,
      Pos pos)
      implements Stmt {}

  /** {@code set} of an expression. */
  record Assign(Target target, Expr value, Pos pos) implements Stmt {}

  /** {@code set} of a block, with an optional filter. */
  record AssignBlock(Target target, Optional<Expr.Filter> filter, List<Stmt> body, Pos pos)
      implements Stmt {}

  /** {@code macro}. */
  record Define(MacroBody macro, Pos pos) implements Stmt {}

  /** {@code call}: its body is the callee's {@code caller}. */
  record CallBlock(Expr.Call call, MacroBody body, Pos pos) implements Stmt {}

  /** {@code filter}. */
  record FilterBlock(Expr.Filter filter, List<Stmt> body, Pos pos) implements Stmt {}

  /** {@code with}: each value is computed outside of the block. */
  record With(List<Target> targets, List<Expr> values, List<Stmt> body, Pos pos) implements Stmt {}

  /** {@code break}. */
  record Break(Pos pos) implements Stmt {}

  /** {@code continue}. */
  record Continue(Pos pos) implements Stmt {}

  /** A condition and its block. */
  record Branch(Expr test, List<Stmt> body) {}

  /** What can be assigned. */
  sealed interface Target {
    /** A variable. */
    record Variable(String name) implements Target {}

    /** An attribute of a namespace. */
    record Field(String namespace, String name, Pos pos) implements Target {}

    /** Several targets, for a value of as many elements. */
    record Several(List<Target> targets, Pos pos) implements Target {}
  }

  /** A parameter of a macro. */
  record Parameter(String name, Optional<Expr> otherwise) {}

  /**
   * A macro.
   *
   * @param uses those of {@code varargs}, {@code kwargs}, {@code caller} that the body reads
   */
  record MacroBody(String name, List<Parameter> parameters, List<Stmt> body, Set<String> uses) {}
}
