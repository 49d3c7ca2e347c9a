package io.quire.text.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A macro, or the body of a call block, together with the variables where it was defined. */
final class Macro implements Callable {
  private final Stmt.MacroBody body;
  private final Scope scope;
  private final Interpreter interpreter;

  Macro(Stmt.MacroBody body, Scope scope, Interpreter interpreter) {
    this.body = body;
    this.scope = scope;
    this.interpreter = interpreter;
  }

  @Override
  public Object call(Args args, Runtime runtime) {
    List<Stmt.Parameter> parameters = body.parameters();
    List<Object> positional = args.positional();
    Map<String, Object> named = new LinkedHashMap<>(args.named());
    Scope inner = scope.inner();
    boolean explicitCaller = false;
    for (int i = 0; i < parameters.size(); i++) {
      Stmt.Parameter parameter = parameters.get(i);
      explicitCaller |= parameter.name().equals("caller");
      if (i < positional.size()) {
        inner.set(parameter.name(), positional.get(i));
      } else {
        Object value = named.remove(parameter.name());
        inner.set(parameter.name(), value == null ? otherwise(parameter, inner) : value);
      }
    }
    if (body.uses().contains("caller") && !explicitCaller) {
      Object caller = named.remove("caller");
      inner.set("caller", caller == null ? new Undefined("No caller defined") : caller);
    }
    rest(positional, named, inner);
    return interpreter.capture(body.body(), inner);
  }

  private Object otherwise(Stmt.Parameter parameter, Scope inner) {
    if (parameter.otherwise().isEmpty()) {
      return new Undefined("parameter " + PythonText.quote(parameter.name()) + " was not provided");
    }
    return interpreter.evaluator().eval(parameter.otherwise().get(), inner);
  }

  private void rest(List<Object> positional, Map<String, Object> named, Scope inner) {
    if (body.uses().contains("kwargs")) {
      inner.set("kwargs", named);
    } else if (!named.isEmpty()) {
      throw Fault.type(
          "macro "
              + PythonText.quote(body.name())
              + " takes no keyword argument "
              + PythonText.quote(named.keySet().iterator().next()));
    }
    int count = body.parameters().size();
    if (body.uses().contains("varargs")) {
      List<Object> more =
          positional.size() > count ? positional.subList(count, positional.size()) : List.of();
      inner.set("varargs", new Tuple(more));
    } else if (positional.size() > count) {
      throw Fault.type(
          "macro "
              + PythonText.quote(body.name())
              + " takes not more than "
              + count
              + " argument(s)");
    }
  }

  Optional<Object> attribute(String name) {
    return switch (name) {
      case "name" -> Optional.of(body.name());
      case "arguments" ->
          Optional.of(
              new Tuple(body.parameters().stream().<Object>map(Stmt.Parameter::name).toList()));
      case "catch_kwargs" -> Optional.of(body.uses().contains("kwargs"));
      case "catch_varargs" -> Optional.of(body.uses().contains("varargs"));
      case "caller" -> Optional.of(body.uses().contains("caller"));
      default -> Optional.empty();
    };
  }

  @Override
  public String describe() {
    return "<Macro " + PythonText.quote(body.name()) + ">";
  }
}
