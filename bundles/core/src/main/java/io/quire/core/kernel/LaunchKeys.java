package io.quire.core.kernel;

import static io.quire.core.kernel.KernelHeaderException.quoted;

import io.quire.api.kernel.Expression;
import io.quire.api.kernel.Expression.Call;
import io.quire.api.kernel.Expression.Constant;
import io.quire.api.kernel.Expression.Name;
import io.quire.api.kernel.KernelHeader.Launch;
import io.quire.api.kernel.KernelHeader.Scratch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The keys of a header that say how its kernels are launched: {@code docs/kernels.md}. One use, one
 * thread.
 */
final class LaunchKeys {
  /** Most defines. */
  static final int MAX_DEFINES = 64;

  /** Most requirements. */
  static final int MAX_REQUIRES = 32;

  /** Most buffers of the op's own. */
  static final int MAX_SCRATCH = 16;

  /** Most launches. */
  static final int MAX_LAUNCHES = 16;

  /** Most arguments of a launch. */
  static final int MAX_ARGUMENTS = 64;

  /** Most arguments that are copied by pages. */
  static final int MAX_TENSORS = 16;

  private static final Pattern MACRO = Pattern.compile("[A-Z][A-Z0-9_]*");
  private static final Pattern ARGUMENT = Pattern.compile("[a-z][a-z0-9_]*");
  private static final String ARGUMENTS = "names of arguments, in lower case";

  private final Map<String, Expression> defines = new LinkedHashMap<>();
  private final List<Expression> requires = new ArrayList<>();
  private final List<Scratch> scratch = new ArrayList<>();
  private final List<Launch> launches = new ArrayList<>();
  private final Map<String, Expression> tensors = new LinkedHashMap<>();

  /** The line of each define, buffer and page copy, for messages. */
  private final Map<String, Integer> lines = new HashMap<>();

  Map<String, Expression> defines() {
    return defines;
  }

  List<Expression> requires() {
    return requires;
  }

  List<Scratch> scratch() {
    return scratch;
  }

  List<Launch> launches() {
    return launches;
  }

  Map<String, Expression> tensors() {
    return tensors;
  }

  void define(int line, String value) throws KernelHeaderException {
    Tokens tokens = new Tokens("@define", line, value);
    String name = name(tokens, MACRO, "a name in UPPER_CASE and an expression");
    Expression expression = whole(tokens, false);
    if (defines.putIfAbsent(name, expression) != null) {
      throw again(tokens, "@define", name, line);
    }
    lines.put("@define " + name, line);
    atMost(tokens, defines.size(), MAX_DEFINES);
  }

  void require(int line, String value) throws KernelHeaderException {
    Tokens tokens = new Tokens("@require", line, value);
    requires.add(whole(tokens, false));
    atMost(tokens, requires.size(), MAX_REQUIRES);
  }

  void scratch(int line, String value) throws KernelHeaderException {
    Tokens tokens = new Tokens("@scratch", line, value);
    String name = name(tokens, ARGUMENT, "a name in lower case, perhaps 'zero', an expression");
    boolean zero = tokens.accept("zero");
    Expression bytes = whole(tokens, true);
    if (scratch.stream().anyMatch(other -> other.name().equals(name))) {
      throw again(tokens, "@scratch", name, line);
    }
    lines.put("@scratch " + name, line);
    scratch.add(new Scratch(name, bytes, zero));
    atMost(tokens, scratch.size(), MAX_SCRATCH);
  }

  void tensor(int line, String value) throws KernelHeaderException {
    Tokens tokens = new Tokens("@tensor", line, value);
    String name = name(tokens, ARGUMENT, "an argument's name in lower case and an expression");
    Expression rows = whole(tokens, false);
    if (tensors.putIfAbsent(name, rows) != null) {
      throw again(tokens, "@tensor", name, line);
    }
    lines.put("@tensor " + name, line);
    atMost(tokens, tensors.size(), MAX_TENSORS);
  }

  void launch(int line, String value) throws KernelHeaderException {
    Tokens tokens = new Tokens("@launch", line, value);
    if (!tokens.atName()) {
      throw tokens.unexpected("entry(argument, ...) groups X[, Y[, Z]] size S [when C]");
    }
    String entry = tokens.take();
    List<String> arguments = arguments(tokens);
    tokens.expect("groups");
    List<Expression> groups = new ArrayList<>();
    do {
      groups.add(ExpressionParser.parse(tokens, true));
    } while (groups.size() < 3 && tokens.accept(","));
    while (groups.size() < 3) {
      groups.add(new Constant(1));
    }
    tokens.expect("size");
    Expression size = ExpressionParser.parse(tokens, false);
    Expression when =
        tokens.accept("when") ? ExpressionParser.parse(tokens, true) : new Constant(1);
    tokens.expectEnd("an operator, 'when'");
    launches.add(new Launch(entry, arguments, groups, size, when));
    atMost(tokens, launches.size(), MAX_LAUNCHES);
  }

  private static List<String> arguments(Tokens tokens) throws KernelHeaderException {
    List<String> arguments = new ArrayList<>();
    tokens.expect("(");
    if (tokens.accept(")")) {
      return arguments;
    }
    do {
      arguments.add(name(tokens, ARGUMENT, ARGUMENTS));
      atMost(tokens, arguments.size(), MAX_ARGUMENTS);
    } while (tokens.accept(","));
    tokens.expect(")");
    return arguments;
  }

  /**
   * Checks what can be seen only when all of the header has been read.
   *
   * @param tunables names of the tunables
   * @throws KernelHeaderException if a define uses what is defined below it or is a tunable too, or
   *     a buffer or page copy is of an argument that no launch has
   */
  void check(Set<String> tunables) throws KernelHeaderException {
    List<String> names = List.copyOf(defines.keySet());
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (tunables.contains(name)) {
        throw wrong("@define " + name, "has the name of a tunable", "each name once");
      }
      List<String> later = names.subList(i, names.size());
      for (String used : later) {
        if (uses(defines.get(name), used)) {
          throw wrong(
              "@define " + name, "uses " + used + ", not defined above", "names defined above it");
        }
      }
    }
    for (Scratch buffer : scratch) {
      checkTaken("@scratch " + buffer.name(), buffer.name());
    }
    for (String name : tensors.keySet()) {
      checkTaken("@tensor " + name, name);
    }
  }

  private void checkTaken(String key, String name) throws KernelHeaderException {
    if (launches.stream().noneMatch(launch -> launch.arguments().contains(name))) {
      throw wrong(
          key, "is no argument of a @launch", "arguments of the " + launches.size() + " launches");
    }
  }

  private KernelHeaderException wrong(String key, String found, String allowed) {
    return new KernelHeaderException(lines.get(key), key + " " + found, allowed);
  }

  private static boolean uses(Expression expression, String name) {
    return switch (expression) {
      case Constant constant -> false;
      case Name used -> used.name().equals(name);
      case Call call -> call.operands().stream().anyMatch(operand -> uses(operand, name));
    };
  }

  private static String name(Tokens tokens, Pattern pattern, String allowed)
      throws KernelHeaderException {
    if (!pattern.matcher(tokens.word()).matches()) {
      throw tokens.unexpected(allowed);
    }
    return tokens.take();
  }

  private static Expression whole(Tokens tokens, boolean sizes) throws KernelHeaderException {
    Expression expression = ExpressionParser.parse(tokens, sizes);
    tokens.expectEnd("an operator");
    return expression;
  }

  private KernelHeaderException again(Tokens tokens, String key, String name, int line) {
    int earlier = lines.getOrDefault(key + " " + name, line);
    return tokens.error("has " + quoted(name) + " again, after line " + earlier, "each name once");
  }

  private static void atMost(Tokens tokens, int count, int most) throws KernelHeaderException {
    if (count > most) {
      throw tokens.error("occurs or lists " + count + " times", "at most " + most);
    }
  }
}
