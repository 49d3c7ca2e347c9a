package io.quire.text.jinja;

import io.quire.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Parses expressions by recursive descent, with Jinja's precedences. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

  private final TokenStream stream;
  private Set<String> namesRead = new HashSet<>();

  ExpressionParser(TokenStream stream) {
    this.stream = stream;
  }

  /** Begins to collect the names that are read, and gives back those collected so far. */
  Set<String> collectNames(Set<String> into) {
    Set<String> before = namesRead;
    namesRead = into;
    return before;
  }

  Expr expression() {
    return expression(true);
  }

  private Expr expression(boolean conditional) {
    stream.enter();
    Expr result = conditional ? conditional() : or();
    stream.leave();
    return result;
  }

  /** A tuple without brackets, or the only expression. */
  Expr tuple(boolean conditional, boolean endsBeforeRecursive, boolean bracketed) {
    Pos pos = stream.current().pos();
    List<Expr> items = new ArrayList<>();
    boolean several = false;
    while (!isTupleEnd(endsBeforeRecursive)) {
      items.add(expression(conditional));
      if (!stream.skipOperator(",")) {
        break;
      }
      several = true;
    }
    if (!several && items.size() == 1) {
      return items.getFirst();
    }
    if (items.isEmpty() && !bracketed) {
      throw stream.unexpected("an expression");
    }
    return new Expr.TupleOf(items, pos);
  }

  private boolean isTupleEnd(boolean endsBeforeRecursive) {
    Token token = stream.current();
    return token.is(Kind.VARIABLE_END)
        || token.is(Kind.BLOCK_END)
        || token.isOperator(")")
        || (endsBeforeRecursive && token.isName("recursive"));
  }

  private Expr conditional() {
    Expr then = or();
    while (stream.current().isName("if")) {
      Pos pos = stream.next().pos();
      Expr test = or();
      Optional<Expr> otherwise = Optional.empty();
      if (stream.skipName("else")) {
        otherwise = Optional.of(expression());
      }
      then = new Expr.Conditional(test, then, otherwise, pos);
    }
    return then;
  }

  private Expr or() {
    Expr left = and();
    while (stream.current().isName("or")) {
      Pos pos = stream.next().pos();
      left = new Expr.Logic(false, left, and(), pos);
    }
    return left;
  }

  private Expr and() {
    Expr left = not();
    while (stream.current().isName("and")) {
      Pos pos = stream.next().pos();
      left = new Expr.Logic(true, left, not(), pos);
    }
    return left;
  }

  private Expr not() {
    if (!stream.current().isName("not")) {
      return compare();
    }
    Pos pos = stream.next().pos();
    stream.enter();
    Expr operand = not();
    stream.leave();
    return new Expr.Not(operand, pos);
  }

  private Expr compare() {
    Pos pos = stream.current().pos();
    Expr first = sum();
    List<Expr.Operand> rest = new ArrayList<>();
    while (true) {
      Token token = stream.current();
      if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
        stream.next();
        rest.add(new Expr.Operand(token.text(), sum()));
      } else if (stream.skipName("in")) {
        rest.add(new Expr.Operand("in", sum()));
      } else if (token.isName("not") && stream.look().isName("in")) {
        stream.next();
        stream.next();
        rest.add(new Expr.Operand("not in", sum()));
      } else {
        return rest.isEmpty() ? first : new Expr.Compare(first, rest, pos);
      }
    }
  }

  private Expr sum() {
    Expr left = concat();
    while (stream.current().isOperator("+") || stream.current().isOperator("-")) {
      Token operator = stream.next();
      left = new Expr.Binary(operator.text(), left, concat(), operator.pos());
    }
    return left;
  }

  private Expr concat() {
    Pos pos = stream.current().pos();
    Expr first = product();
    if (!stream.current().isOperator("~")) {
      return first;
    }
    List<Expr> parts = new ArrayList<>(List.of(first));
    while (stream.skipOperator("~")) {
      parts.add(product());
    }
    return new Expr.Concat(parts, pos);
  }

  private Expr product() {
    Expr left = power();
    while (stream.current().isOperator("*")
        || stream.current().isOperator("/")
        || stream.current().isOperator("//")
        || stream.current().isOperator("%")) {
      Token operator = stream.next();
      left = new Expr.Binary(operator.text(), left, power(), operator.pos());
    }
    return left;
  }

  private Expr power() {
    Expr left = unary(true);
    while (stream.current().isOperator("**")) {
      Pos pos = stream.next().pos();
      left = new Expr.Binary("**", left, unary(true), pos);
    }
    return left;
  }

  private Expr unary(boolean withFilter) {
    Token token = stream.current();
    Expr node;
    if (token.isOperator("-") || token.isOperator("+")) {
      stream.next();
      stream.enter();
      node = new Expr.Unary(token.text(), unary(false), token.pos());
      stream.leave();
    } else {
      node = primary();
    }
    node = postfix(node);
    return withFilter ? filters(node) : node;
  }

  /** A name, a literal, or an expression in brackets. */
  Expr primary() {
    Token token = stream.current();
    return switch (token.kind()) {
      case NAME -> name();
      case STRING -> {
        StringBuilder text = new StringBuilder();
        while (stream.current().is(Kind.STRING)) {
          text.append(stream.next().text());
        }
        yield new Expr.Const(text.toString(), token.pos());
      }
      case INTEGER, FLOAT -> new Expr.Const(stream.next().value(), token.pos());
      default -> bracketed();
    };
  }

  private Expr name() {
    Token token = stream.next();
    return switch (token.text()) {
      case "true", "True" -> new Expr.Const(true, token.pos());
      case "false", "False" -> new Expr.Const(false, token.pos());
      case "none", "None" -> new Expr.Const(Values.NONE, token.pos());
      default -> {
        namesRead.add(token.text());
        yield new Expr.Name(token.text(), token.pos());
      }
    };
  }

  private Expr bracketed() {
    Token token = stream.current();
    stream.enter();
    Expr result;
    if (stream.skipOperator("(")) {
      result = tuple(true, false, true);
      stream.expectOperator(")");
    } else if (stream.skipOperator("[")) {
      result = new Expr.ListOf(items("]", false), token.pos());
    } else if (stream.skipOperator("{")) {
      result = new Expr.DictOf(items("}", true), token.pos());
    } else {
      throw stream.unexpected("an expression");
    }
    stream.leave();
    return result;
  }

  private List<Expr> items(String end, boolean pairs) {
    List<Expr> items = new ArrayList<>();
    while (!stream.current().isOperator(end)) {
      if (!items.isEmpty()) {
        stream.expectOperator(",");
        if (stream.current().isOperator(end)) {
          break;
        }
      }
      items.add(expression());
      if (pairs) {
        stream.expectOperator(":");
        items.add(expression());
      }
    }
    stream.expectOperator(end);
    return items;
  }

  private Expr postfix(Expr start) {
    Expr node = start;
    while (true) {
      Token token = stream.current();
      if (token.isOperator(".")) {
        node = dot(node);
      } else if (token.isOperator("[")) {
        node = subscript(node);
      } else if (token.isOperator("(")) {
        node = new Expr.Call(node, arguments(), token.pos());
      } else {
        return node;
      }
    }
  }

  private Expr filters(Expr start) {
    Expr node = start;
    while (true) {
      Token token = stream.current();
      if (token.isOperator("|")) {
        stream.next();
        node = filter(Optional.of(node));
      } else if (token.isName("is")) {
        node = test(node);
      } else if (token.isOperator("(")) {
        node = new Expr.Call(node, arguments(), token.pos());
      } else {
        return node;
      }
    }
  }

  private Expr dot(Expr object) {
    Pos pos = stream.next().pos();
    Token name = stream.next();
    if (name.is(Kind.NAME)) {
      return new Expr.Attribute(object, name.text(), pos);
    }
    if (!name.is(Kind.INTEGER)) {
      throw name.pos().error("expected a name or a number after '.'");
    }
    return new Expr.Item(object, new Expr.Const(name.value(), name.pos()), pos);
  }

  private Expr subscript(Expr object) {
    Pos pos = stream.next().pos();
    List<Expr> indexes = new ArrayList<>();
    while (!stream.current().isOperator("]")) {
      if (!indexes.isEmpty()) {
        stream.expectOperator(",");
      }
      indexes.add(subscribed());
    }
    stream.expectOperator("]");
    Expr index = indexes.size() == 1 ? indexes.getFirst() : new Expr.TupleOf(indexes, pos);
    return new Expr.Item(object, index, pos);
  }

  private Expr subscribed() {
    Pos pos = stream.current().pos();
    Optional<Expr> start = Optional.empty();
    if (!stream.current().isOperator(":")) {
      start = Optional.of(expression());
      if (!stream.current().isOperator(":")) {
        return start.get();
      }
    }
    stream.next();
    Optional<Expr> stop = sliceEnd() ? Optional.empty() : Optional.of(expression());
    Optional<Expr> step = Optional.empty();
    if (stream.skipOperator(":") && !sliceEnd()) {
      step = Optional.of(expression());
    }
    return new Expr.SliceOf(start, stop, step, pos);
  }

  private boolean sliceEnd() {
    Token token = stream.current();
    return token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
  }

  /** A filter; the current token is its name. */
  Expr.Filter filter(Optional<Expr> target) {
    Pos pos = stream.current().pos();
    String name = dottedName();
    Expr.Arguments arguments = stream.current().isOperator("(") ? arguments() : Expr.Arguments.NONE;
    return new Expr.Filter(target, name, arguments, pos);
  }

  private String dottedName() {
    StringBuilder name = new StringBuilder(stream.expect(Kind.NAME).text());
    while (stream.skipOperator(".")) {
      name.append('.').append(stream.expect(Kind.NAME).text());
    }
    return name.toString();
  }

  private Expr test(Expr value) {
    Pos pos = stream.next().pos();
    boolean negated = stream.skipName("not");
    String name = dottedName();
    Expr.Arguments arguments = Expr.Arguments.NONE;
    if (stream.current().isOperator("(")) {
      arguments = arguments();
    } else if (startsArgument(stream.current())) {
      if (stream.current().isName("is")) {
        throw stream.current().pos().error("tests cannot be chained with 'is'");
      }
      List<Expr> argument = List.of(postfix(primary()));
      arguments = new Expr.Arguments(argument, List.of(), Optional.empty(), Optional.empty());
    }
    Expr test = new Expr.Test(value, name, arguments, pos);
    return negated ? new Expr.Not(test, pos) : test;
  }

  private static boolean startsArgument(Token token) {
    return switch (token.kind()) {
      case NAME -> !Set.of("else", "or", "and").contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      default -> token.isOperator("[") || token.isOperator("{");
    };
  }

  /** Arguments in round brackets. */
  Expr.Arguments arguments() {
    Pos pos = stream.expectOperator("(").pos();
    List<Expr> positional = new ArrayList<>();
    List<Expr.Named> named = new ArrayList<>();
    Optional<Expr> star = Optional.empty();
    Optional<Expr> starStar = Optional.empty();
    boolean comma = false;
    while (!stream.current().isOperator(")")) {
      if (comma) {
        stream.expectOperator(",");
        if (stream.current().isOperator(")")) {
          break;
        }
      }
      comma = true;
      boolean valid = starStar.isEmpty();
      if (stream.skipOperator("*")) {
        valid &= star.isEmpty();
        star = Optional.of(expression());
      } else if (stream.skipOperator("**")) {
        starStar = Optional.of(expression());
      } else if (stream.current().is(Kind.NAME) && stream.look().isOperator("=")) {
        String name = stream.next().text();
        stream.next();
        named.add(new Expr.Named(name, expression()));
      } else {
        valid &= star.isEmpty() && named.isEmpty();
        positional.add(expression());
      }
      if (!valid) {
        throw pos.error("these arguments stand in no valid order");
      }
    }
    stream.expectOperator(")");
    return new Expr.Arguments(positional, named, star, starStar);
  }
}
