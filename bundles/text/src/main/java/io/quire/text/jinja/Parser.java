package io.quire.text.jinja;

import io.quire.text.jinja.Stmt.Target;
import io.quire.text.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Parses a template's statements. */
final class Parser {
  private static final Set<String> MACRO_NAMES = Set.of("varargs", "kwargs", "caller");

  private final TokenStream stream;
  private final ExpressionParser expressions;
  private int loops;

  private Parser(TokenStream stream) {
    this.stream = stream;
    this.expressions = new ExpressionParser(stream);
  }

  static List<Stmt> parse(String source) {
    return new Parser(new TokenStream(Lexer.tokens(source))).block(Set.of());
  }

  /** Statements up to one of the tags, whose name becomes the current token. */
  private List<Stmt> block(Set<String> ends) {
    stream.enter();
    List<Stmt> body = new ArrayList<>();
    while (true) {
      Token token = stream.next();
      switch (token.kind()) {
        case DATA -> body.add(new Stmt.Text(token.text(), token.pos()));
        case VARIABLE_BEGIN -> {
          body.add(new Stmt.Print(List.of(expressions.tuple(true, false, false)), token.pos()));
          stream.expect(Kind.VARIABLE_END);
        }
        case BLOCK_BEGIN -> {
          if (stream.current().is(Kind.NAME) && ends.contains(stream.current().text())) {
            stream.leave();
            return body;
          }
          body.add(statement());
          stream.expect(Kind.BLOCK_END);
        }
        default -> {
          if (!ends.isEmpty()) {
            throw token.pos().error("the template ends, but a tag is missing: one of " + ends);
          }
          stream.leave();
          return body;
        }
      }
    }
  }

  /** The body of a statement up to its end tag, which is taken. */
  private List<Stmt> body(String end) {
    List<Stmt> body = body(Set.of(end));
    stream.next();
    return body;
  }

  private List<Stmt> body(Set<String> ends) {
    stream.skipOperator(":");
    stream.expect(Kind.BLOCK_END);
    return block(ends);
  }

  private Stmt statement() {
    Token tag = stream.expect(Kind.NAME);
    Pos pos = tag.pos();
    return switch (tag.text()) {
      case "if" -> ifStatement(pos);
      case "for" -> forStatement(pos);
      case "set" -> set(pos);
      case "macro" -> {
        String name = stream.expect(Kind.NAME).text();
        yield new Stmt.Define(macro(name, signature(), "endmacro"), pos);
      }
      case "call" -> call(pos);
      case "filter" -> {
        Expr.Filter filter = filterChain();
        yield new Stmt.FilterBlock(filter, body("endfilter"), pos);
      }
      case "with" -> with(pos);
      case "print" -> print(pos);
      case "generation" ->
          // Like a macro called at once: what it sets stays inside.
          new Stmt.With(List.of(), List.of(), isolated("endgeneration"), pos);
      case "autoescape" -> autoescape(pos);
      case "break" -> inLoop(new Stmt.Break(pos), "break");
      case "continue" -> inLoop(new Stmt.Continue(pos), "continue");
      default -> throw pos.error("unknown tag " + PythonText.quote(tag.text()));
    };
  }

  private Stmt inLoop(Stmt statement, String name) {
    if (loops == 0) {
      throw statement.pos().error(name + " outside of a loop");
    }
    return statement;
  }

  private List<Stmt> isolated(String end) {
    int outer = loops;
    loops = 0;
    List<Stmt> body = body(end);
    loops = outer;
    return body;
  }

  private Stmt ifStatement(Pos pos) {
    List<Stmt.Branch> branches = new ArrayList<>();
    List<Stmt> otherwise = List.of();
    while (true) {
      Expr test = expressions.tuple(false, false, false);
      branches.add(new Stmt.Branch(test, body(Set.of("elif", "else", "endif"))));
      Token end = stream.next();
      if (end.isName("else")) {
        otherwise = body("endif");
      }
      if (!end.isName("elif")) {
        return new Stmt.If(branches, otherwise, pos);
      }
    }
  }

  private Stmt forStatement(Pos pos) {
    Target target = target(false);
    stream.expectName("in");
    Expr iterable = expressions.tuple(false, true, false);
    Optional<Expr> test = Optional.empty();
    if (stream.skipName("if")) {
      test = Optional.of(expressions.expression());
    }
    boolean recursive = stream.skipName("recursive");
    loops++;
    List<Stmt> body = body(Set.of("endfor", "else"));
    loops--;
    List<Stmt> otherwise = stream.next().isName("else") ? body("endfor") : List.of();
    return new Stmt.For(target, iterable, test, recursive, body, otherwise, pos);
  }

  private Stmt set(Pos pos) {
    Target target = target(true);
    if (stream.skipOperator("=")) {
      return new Stmt.Assign(target, expressions.tuple(true, false, false), pos);
    }
    Optional<Expr.Filter> filter = Optional.empty();
    if (stream.skipOperator("|")) {
      filter = Optional.of(filterChain());
    }
    return new Stmt.AssignBlock(target, filter, body("endset"), pos);
  }

  private Expr.Filter filterChain() {
    Expr.Filter filter = expressions.filter(Optional.empty());
    while (stream.skipOperator("|")) {
      filter = expressions.filter(Optional.of(filter));
    }
    return filter;
  }

  private Target target(boolean withFields) {
    Pos pos = stream.current().pos();
    List<Target> targets = new ArrayList<>();
    boolean several = false;
    while (!stream.current().isName("in") && !stream.current().isOperator(")")) {
      targets.add(oneTarget(withFields));
      if (!stream.skipOperator(",")) {
        break;
      }
      several = true;
      if (stream.current().is(Kind.BLOCK_END)) {
        break;
      }
    }
    if (targets.isEmpty()) {
      throw stream.unexpected("a name to assign");
    }
    return several ? new Target.Several(targets, pos) : targets.getFirst();
  }

  private Target oneTarget(boolean withFields) {
    Token token = stream.current();
    if (stream.skipOperator("(")) {
      stream.enter();
      Target inner = target(false);
      stream.expectOperator(")");
      stream.leave();
      return inner;
    }
    Token name = stream.expect(Kind.NAME);
    if (Set.of("true", "false", "none", "True", "False", "None").contains(name.text())) {
      throw token.pos().error("cannot assign to " + name.describe());
    }
    if (withFields && stream.skipOperator(".")) {
      return new Target.Field(name.text(), stream.expect(Kind.NAME).text(), token.pos());
    }
    return new Target.Variable(name.text());
  }

  private List<Stmt.Parameter> signature() {
    List<Stmt.Parameter> parameters = new ArrayList<>();
    Set<String> names = new HashSet<>();
    boolean defaults = false;
    stream.expectOperator("(");
    while (!stream.current().isOperator(")")) {
      if (!parameters.isEmpty()) {
        stream.expectOperator(",");
      }
      Token name = stream.expect(Kind.NAME);
      Optional<Expr> otherwise = Optional.empty();
      if (stream.skipOperator("=")) {
        otherwise = Optional.of(expressions.expression());
        defaults = true;
      } else if (defaults) {
        throw name.pos().error("a parameter without a default follows one with a default");
      }
      if (!names.add(name.text())) {
        throw name.pos().error("duplicate parameter " + name.describe());
      }
      parameters.add(new Stmt.Parameter(name.text(), otherwise));
    }
    stream.expectOperator(")");
    return parameters;
  }

  private Stmt.MacroBody macro(String name, List<Stmt.Parameter> parameters, String end) {
    Set<String> read = new HashSet<>();
    Set<String> outer = expressions.collectNames(read);
    List<Stmt> body = isolated(end);
    expressions.collectNames(outer);
    outer.addAll(read);
    Set<String> uses = new HashSet<>(MACRO_NAMES);
    uses.retainAll(read);
    return new Stmt.MacroBody(name, parameters, body, uses);
  }

  private Stmt call(Pos pos) {
    List<Stmt.Parameter> parameters = stream.current().isOperator("(") ? signature() : List.of();
    Expr called = expressions.expression();
    if (!(called instanceof Expr.Call call)) {
      throw pos.error("expected a call after 'call'");
    }
    return new Stmt.CallBlock(call, macro("caller", parameters, "endcall"), pos);
  }

  private Stmt with(Pos pos) {
    List<Target> targets = new ArrayList<>();
    List<Expr> values = new ArrayList<>();
    while (!stream.current().is(Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        stream.expectOperator(",");
      }
      targets.add(oneTarget(false));
      stream.expectOperator("=");
      values.add(expressions.expression());
    }
    return new Stmt.With(targets, values, body("endwith"), pos);
  }

  private Stmt print(Pos pos) {
    List<Expr> values = new ArrayList<>();
    while (!stream.current().is(Kind.BLOCK_END)) {
      if (!values.isEmpty()) {
        stream.expectOperator(",");
      }
      values.add(expressions.expression());
    }
    return new Stmt.Print(values, pos);
  }

  private Stmt autoescape(Pos pos) {
    Expr on = expressions.expression();
    if (!(on instanceof Expr.Const constant && Boolean.FALSE.equals(constant.value()))) {
      throw pos.error("autoescape is not supported here, except to turn it off");
    }
    return new Stmt.With(List.of(), List.of(), body("endautoescape"), pos);
  }
}
