package io.quire.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Evaluates expressions. Every nested evaluation is counted, so that it ends and does not overflow.
 */
final class Evaluator {
  private final Runtime runtime;
  private final Budget budget;

  Evaluator(Runtime runtime) {
    this.runtime = runtime;
    this.budget = runtime.budget();
  }

  Object eval(Expr expr, Scope scope) {
    try {
      budget.step();
      budget.enter();
      try {
        return dispatch(expr, scope);
      } finally {
        budget.exit();
      }
    } catch (Fault fault) {
      throw expr.pos().error(fault.getMessage());
    }
  }

  boolean truth(Expr expr, Scope scope) {
    return Values.truth(eval(expr, scope));
  }

  private Object dispatch(Expr expr, Scope scope) {
    return switch (expr) {
      case Expr.Const constant -> constant.value();
      case Expr.Name name -> scope.get(name.name());
      case Expr.TupleOf tuple -> new Tuple(all(tuple.items(), scope));
      case Expr.ListOf list -> all(list.items(), scope);
      case Expr.DictOf dict -> dict(dict, scope);
      case Expr.Unary unary -> Arithmetic.unary(unary.operator(), eval(unary.operand(), scope));
      case Expr.Not not -> !truth(not.operand(), scope);
      case Expr.Binary binary ->
          Arithmetic.binary(
              binary.operator(), eval(binary.left(), scope), eval(binary.right(), scope), runtime);
      case Expr.Concat concat -> concat(concat, scope);
      case Expr.Compare compare -> compare(compare, scope);
      case Expr.Logic logic -> {
        Object left = eval(logic.left(), scope);
        yield Values.truth(left) == logic.and() ? eval(logic.right(), scope) : left;
      }
      case Expr.Conditional conditional -> conditional(conditional, scope);
      case Expr.Attribute attribute ->
          Access.attribute(eval(attribute.object(), scope), attribute.name(), runtime);
      case Expr.Item item ->
          Access.item(eval(item.object(), scope), eval(item.index(), scope), runtime);
      case Expr.SliceOf slice ->
          new Slice(
              optional(slice.start(), scope),
              optional(slice.stop(), scope),
              optional(slice.step(), scope));
      case Expr.Call call -> call(call, Map.of(), scope);
      case Expr.Filter filter -> filter(filter, Optional.empty(), scope);
      case Expr.Test test -> {
        Object value = eval(test.value(), scope);
        yield Tests.apply(test.name(), value, args(test.arguments(), scope), runtime);
      }
    };
  }

  private Object optional(Optional<Expr> expr, Scope scope) {
    return expr.isPresent() ? eval(expr.get(), scope) : Values.NONE;
  }

  private Object conditional(Expr.Conditional conditional, Scope scope) {
    if (truth(conditional.test(), scope)) {
      return eval(conditional.then(), scope);
    }
    if (conditional.otherwise().isPresent()) {
      return eval(conditional.otherwise().get(), scope);
    }
    return new Undefined("the inline if was false and has no else");
  }

  private List<Object> all(List<Expr> exprs, Scope scope) {
    List<Object> values = new ArrayList<>(exprs.size());
    for (Expr expr : exprs) {
      values.add(eval(expr, scope));
    }
    return values;
  }

  private Map<Object, Object> dict(Expr.DictOf dict, Scope scope) {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < dict.pairs().size(); i += 2) {
      Object key = eval(dict.pairs().get(i), scope);
      Dicts.put(map, key, eval(dict.pairs().get(i + 1), scope), budget);
    }
    return map;
  }

  private String concat(Expr.Concat concat, Scope scope) {
    StringBuilder out = new StringBuilder();
    for (Expr part : concat.parts()) {
      String text = PythonText.str(eval(part, scope), budget);
      Chars.checkLength((long) out.length() + text.length());
      budget.text(text.length());
      out.append(text);
    }
    return out.toString();
  }

  private Object compare(Expr.Compare compare, Scope scope) {
    Object left = eval(compare.first(), scope);
    for (Expr.Operand operand : compare.rest()) {
      Object right = eval(operand.value(), scope);
      boolean holds =
          switch (operand.operator()) {
            case "==" -> Values.equal(left, right, budget);
            case "!=" -> !Values.equal(left, right, budget);
            case "in" -> Membership.contains(right, left, budget);
            case "not in" -> !Membership.contains(right, left, budget);
            default -> Comparing.holds(operand.operator(), left, right, budget);
          };
      if (!holds) {
        return false;
      }
      left = right;
    }
    return true;
  }

  /** Calls, with further named arguments if there are any. */
  Object call(Expr.Call call, Map<String, Object> further, Scope scope) {
    Object callee = eval(call.callee(), scope);
    Args args = args(call.arguments(), scope);
    for (Map.Entry<String, Object> entry : further.entrySet()) {
      args = args.with(entry.getKey(), entry.getValue());
    }
    return switch (callee) {
      case Callable callable -> callable.call(args, runtime);
      case Undefined undefined -> throw undefined.fault();
      default ->
          throw Fault.type(PythonText.quote(Values.typeName(callee)) + " object is not callable");
    };
  }

  /** Calls as {@link #call} does, where a statement calls. */
  Object callAt(Expr.Call call, Map<String, Object> further, Scope scope) {
    try {
      return call(call, further, scope);
    } catch (Fault fault) {
      throw call.pos().error(fault.getMessage());
    }
  }

  /**
   * Applies a chain of filters; its innermost has no target of its own where it filters a block.
   */
  Object filter(Expr.Filter filter, Optional<Object> block, Scope scope) {
    Object value;
    if (filter.target().isEmpty()) {
      value = block.orElseThrow();
    } else if (block.isPresent() && filter.target().get() instanceof Expr.Filter inner) {
      budget.enter();
      try {
        value = filter(inner, block, scope);
      } finally {
        budget.exit();
      }
    } else {
      value = eval(filter.target().get(), scope);
    }
    return Filters.apply(filter.name(), value, args(filter.arguments(), scope), runtime);
  }

  private Args args(Expr.Arguments arguments, Scope scope) {
    if (arguments == Expr.Arguments.NONE) {
      return Args.NONE;
    }
    List<Object> positional = all(arguments.positional(), scope);
    Map<String, Object> named = new LinkedHashMap<>();
    for (Expr.Named argument : arguments.named()) {
      add(named, argument.name(), eval(argument.value(), scope));
    }
    if (arguments.star().isPresent()) {
      positional.addAll(Values.toList(eval(arguments.star().get(), scope), budget));
    }
    if (arguments.starStar().isPresent()) {
      Object more = eval(arguments.starStar().get(), scope);
      if (!(more instanceof Map<?, ?> map)) {
        throw Fault.type("argument after ** must be a mapping, not " + Values.typeName(more));
      }
      budget.items(map.size());
      map.forEach((key, value) -> add(named, Values.text(key, "a keyword"), value));
    }
    return new Args(positional, named);
  }

  private static void add(Map<String, Object> named, String name, Object value) {
    if (named.put(name, value) != null) {
      throw Fault.type("multiple values for keyword argument " + PythonText.quote(name));
    }
  }
}
