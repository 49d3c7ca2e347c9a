package io.quire.text.jinja;

import io.quire.text.jinja.Stmt.Target;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Executes the statements of one rendering. */
final class Interpreter {
  /** How a block ended. */
  enum Flow {
    NORMAL,
    BREAK,
    CONTINUE
  }

  private final Runtime runtime;
  private final Budget budget;
  private final Evaluator evaluator;
  private StringBuilder out = new StringBuilder();

  Interpreter(Runtime runtime) {
    this.runtime = runtime;
    this.budget = runtime.budget();
    this.evaluator = new Evaluator(runtime);
  }

  /** Renders a template. */
  String render(List<Stmt> template, Map<String, Object> variables) {
    block(template, Scope.root(variables));
    return out.toString();
  }

  Evaluator evaluator() {
    return evaluator;
  }

  /** Executes a block whose output is a value. */
  String capture(List<Stmt> body, Scope scope) {
    return captured(body, scope).text();
  }

  /** A block's output, and how it ended. */
  private record Captured(String text, Flow flow) {}

  private Captured captured(List<Stmt> body, Scope scope) {
    StringBuilder outer = out;
    out = new StringBuilder();
    try {
      Flow flow = block(body, scope);
      return new Captured(out.toString(), flow);
    } finally {
      out = outer;
    }
  }

  private Flow block(List<Stmt> body, Scope scope) {
    for (Stmt statement : body) {
      Flow flow = execute(statement, scope);
      if (flow != Flow.NORMAL) {
        return flow;
      }
    }
    return Flow.NORMAL;
  }

  private Flow execute(Stmt statement, Scope scope) {
    try {
      budget.step();
      budget.enter();
      try {
        return dispatch(statement, scope);
      } finally {
        budget.exit();
      }
    } catch (Fault fault) {
      throw statement.pos().error(fault.getMessage());
    }
  }

  private Flow dispatch(Stmt statement, Scope scope) {
    switch (statement) {
      case Stmt.Text text -> write(text.text());
      case Stmt.Print print -> print(print, scope);
      case Stmt.If choice -> {
        return choose(choice, scope);
      }
      case Stmt.For loop -> {
        return forLoop(loop, scope);
      }
      case Stmt.Assign set -> assign(set.target(), evaluator.eval(set.value(), scope), scope);
      case Stmt.AssignBlock set -> {
        return assignBlock(set, scope);
      }
      case Stmt.Define define -> {
        Stmt.MacroBody macro = define.macro();
        scope.set(macro.name(), new Macro(macro, scope, this));
      }
      case Stmt.CallBlock call -> {
        Macro caller = new Macro(call.body(), scope, this);
        Object result = evaluator.callAt(call.call(), Map.of("caller", caller), scope);
        write(PythonText.str(result, budget));
      }
      case Stmt.FilterBlock filter -> {
        Captured body = captured(filter.body(), scope.inner());
        if (body.flow() != Flow.NORMAL) {
          return body.flow();
        }
        Object result = evaluator.filter(filter.filter(), Optional.of(body.text()), scope);
        write(PythonText.str(result, budget));
      }
      case Stmt.With with -> {
        return with(with, scope);
      }
      case Stmt.Break _ -> {
        return Flow.BREAK;
      }
      case Stmt.Continue _ -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.NORMAL;
  }

  private void write(String text) {
    if ((long) out.length() + text.length() > Limits.STRING) {
      throw new Fault("the output exceeds the limit of " + Limits.STRING + " characters");
    }
    budget.text(text.length());
    out.append(text);
  }

  private void print(Stmt.Print print, Scope scope) {
    for (Expr value : print.values()) {
      write(PythonText.str(evaluator.eval(value, scope), budget));
    }
  }

  private Flow choose(Stmt.If choice, Scope scope) {
    for (Stmt.Branch branch : choice.branches()) {
      if (evaluator.truth(branch.test(), scope)) {
        return block(branch.body(), scope);
      }
    }
    return block(choice.otherwise(), scope);
  }

  private Flow assignBlock(Stmt.AssignBlock set, Scope scope) {
    Captured body = captured(set.body(), scope.inner());
    if (body.flow() == Flow.NORMAL) {
      Object value = body.text();
      if (set.filter().isPresent()) {
        value = evaluator.filter(set.filter().get(), Optional.of(value), scope);
      }
      assign(set.target(), value, scope);
    }
    return body.flow();
  }

  private Flow with(Stmt.With with, Scope scope) {
    Scope inner = scope.inner();
    for (int i = 0; i < with.targets().size(); i++) {
      assign(with.targets().get(i), evaluator.eval(with.values().get(i), scope), inner);
    }
    return block(with.body(), inner);
  }

  private void assign(Target target, Object value, Scope scope) {
    switch (target) {
      case Target.Variable variable -> scope.set(variable.name(), value);
      case Target.Field field -> {
        if (!(scope.get(field.namespace()) instanceof Namespace namespace)) {
          throw field.pos().error("cannot assign an attribute of anything but a namespace");
        }
        namespace.set(field.name(), value);
      }
      case Target.Several several -> unpack(several, value, scope);
    }
  }

  private void unpack(Target.Several several, Object value, Scope scope) {
    Iterator<Object> items = Values.iterate(value, budget);
    List<Target> targets = several.targets();
    for (int i = 0; i < targets.size(); i++) {
      budget.step();
      if (!items.hasNext()) {
        throw several
            .pos()
            .error("not enough values to unpack: expected " + targets.size() + ", got " + i);
      }
      assign(targets.get(i), items.next(), scope);
    }
    if (items.hasNext()) {
      throw several.pos().error("too many values to unpack: expected " + targets.size());
    }
  }

  private Flow forLoop(Stmt.For loop, Scope scope) {
    return iterate(loop, evaluator.eval(loop.iterable(), scope), 0, scope);
  }

  private Flow iterate(Stmt.For loop, Object iterable, int depth, Scope scope) {
    Object source = iterable;
    if (loop.test().isPresent()) {
      source = passing(loop, loop.test().get(), iterable, scope);
    }
    Optional<Callable> recursion = Optional.empty();
    if (loop.recursive()) {
      recursion = Optional.of(new Function("loop", (args, _) -> recurse(loop, args, scope)));
    }
    LoopContext context = new LoopContext(source, recursion, depth, budget);
    boolean empty = true;
    while (context.hasNext()) {
      budget.step();
      empty = false;
      Scope inner = scope.inner();
      inner.set("loop", context);
      assign(loop.target(), context.next(), inner);
      if (block(loop.body(), inner) == Flow.BREAK) {
        break;
      }
    }
    return empty ? block(loop.otherwise(), scope.inner()) : Flow.NORMAL;
  }

  private Object recurse(Stmt.For loop, Args args, Scope scope) {
    Args.Bound bound = args.bind("loop", 1, "iterable", "depth");
    StringBuilder outer = out;
    out = new StringBuilder();
    try {
      iterate(loop, bound.get(0), (int) bound.integer(1, 0), scope);
      return out.toString();
    } finally {
      out = outer;
    }
  }

  /** The elements that pass the loop's test, computed when the loop comes to them. */
  private Lazy passing(Stmt.For loop, Expr test, Object iterable, Scope scope) {
    Iterator<Object> all = Values.iterate(iterable, budget);
    return new Lazy(
        "generator",
        new Filtering(
            all,
            item -> {
              Scope inner = scope.inner();
              assign(loop.target(), item, inner);
              return evaluator.truth(test, inner);
            },
            budget),
        budget);
  }
}
