package io.quire.text.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.text.ChatTemplateException;
import io.quire.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that want more than they may have. */
class HostileTemplatesTest {
  private static final String LOOP_4 =
      "{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}"
          + "{% for d in range(100000) %}x{% endfor %}{% endfor %}{% endfor %}{% endfor %}";

  private static ChatTemplateException refused(String source) {
    return assertThrows(
        ChatTemplateException.class,
        () -> Cases.render(source, Map.of("text", "x".repeat(100_000))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 'a' * 10**9 }}",
        "{{ 'ab' * 9223372036854775807 }}",
        "{{ [1] * 10**9 }}",
        "{{ (1, 2) * 9223372036854775807 }}",
        "{{ range(10**9) }}",
        "{{ range(-9223372036854775807, 9223372036854775807) | length }}",
        "{{ range(100000) | list * 1000 }}",
        "{{ 10**19 }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ 99999999999999999999 }}",
        "{{ 2 ** 10 ** 18 }}",
        "{{ 'a'.center(10**9) }}",
        "{{ 'a' | center(10**9) }}",
        "{{ 'a'.zfill(10**12) }}",
        "{{ 'a\\t'.expandtabs(10**12) }}",
        "{{ 'a\\nb' | indent(10**9) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.*f' % (10**9, 1.5) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ '{:.1000000000f}'.format(1.5) }}",
        "{{ [1] | tojson(indent=10**9) }}",
        "{{ [1] | batch(10**9, 'x') | list }}",
        "{{ [1] | slice(10**9) | list }}",
        "{{ text.replace('', text) }}",
        "{{ text.replace('x', text) }}",
        "{{ text.split('x') | join(text) }}",
        "{{ (text * 50).find(text[1:] ~ 'y') }}",
        "{{ (text[1:] ~ 'y') in (text * 50) }}",
        "{{ text | map('upper') | map('lower') | list | length * 0 ~ (text * 60) ~ (text * 60) }}",
        "{{ namespace(a=1) | tojson }}",
        "{% set n = namespace() %}{% set n.n = n %}{{ n }}",
        "{% set n = namespace(l=[]) %}{% for i in range(1000) %}{% set n.l = [n.l] %}{% endfor %}"
            + "{{ n.l }}",
        "{% set n = namespace(l=[]) %}{% for i in range(1000) %}{% set n.l = [n.l] %}{% endfor %}"
            + "{{ n.l | tojson }}",
        "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = [n.l, n.l] %}"
            + "{% endfor %}{{ n.l }}",
        "{% set n = namespace(l=[1], m=[1]) %}{% for i in range(60) %}"
            + "{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}",
        "{% set n = namespace(l=(1,)) %}{% for i in range(60) %}{% set n.l = (n.l, n.l) %}"
            + "{% endfor %}{{ {n.l: 1} }}",
        "{% set n = namespace(s='aa') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}"
            + "{% endfor %}{{ n.s }}",
        "{% set n = namespace(s='aa') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}"
            + "{% endfor %}",
        "{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = n.l + n.l %}"
            + "{% endfor %}",
        "{% set n = namespace(l=[]) %}{% for i in range(100000) %}"
            + "{% set n.l = n.l + ['a' * 1000000] %}{% endfor %}",
        "{% set n = namespace(g=[1]) %}{% for i in range(5000) %}{% set n.g = n.g | map('string') %}"
            + "{% endfor %}{{ n.g | list }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% for a in range(100000) %}{{ 'x' * 1000 }}{% endfor %}",
        "{% for a in range(100000) %}{% set b = range(100000) | sort %}{% endfor %}",
        "{% for a in range(100000) %}{{ 5 in range(6, 100000) }}{% endfor %}",
        "{{ range(100000) | map('string') | map('center', 1000) | join }}",
        LOOP_4,
      })
  void shouldRefuseWhatIsTooMuch(String source) {
    ChatTemplateException e = refused(source);
    assertTrue(e.getMessage().startsWith("chat template, line 1, column "), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ x.__getattribute__('y') }}",
        "{{ text.getClass() }}",
        "{{ text.getClass().forName('java.lang.Runtime') }}",
        "{{ text['getClass']() }}",
        "{{ (text | attr('getClass'))() }}",
        "{{ raise_exception.__globals__['os'].system('id') }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ range.call }}{{ range.call() }}",
        "{{ '{0.__class__.__mro__}'.format(text) }}",
        "{{ text.format_map({}) }}",
        "{{ text.encode() }}",
        "{{ [].append(1) }}",
        "{{ {}.update({'a': 1}) }}",
        "{{ ('' | attr('__class__'))() }}",
        "{{ text | map(attribute='__class__.__mro__') | list }}",
        "{{ lipsum.__globals__.os }}",
        "{{ self.__init__.__globals__ }}",
        "{{ joiner.__init__() }}",
        "{% set text.x = 1 %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% do 1 %}",
      })
  void shouldNotLetATemplateOut(String source) {
    refused(source);
  }

  @Test
  void shouldShowNothingOfWhatIsInternal() {
    String source =
        "[{{ text.__class__ }}{{ text['__class__'] }}{{ text | attr('__class__') }}"
            + "{{ range.name }}{{ range.body }}{{ nil.class }}{{ text.getClass }}{{ text.hash }}"
            + "{{ text | map(attribute='__class__') | first }}{{ {}.pop }}{{ [].sort }}]";
    assertEquals("[]", Cases.render(source, Map.of("text", "x", "nil", Values.NONE)));
  }

  @Test
  void shouldRefuseSourceThatNestsTooDeep() {
    int deep = 40_000;
    List<String> sources =
        List.of(
            "{{ " + "(".repeat(deep) + "1" + ")".repeat(deep) + " }}",
            "{{ " + "[".repeat(deep) + "]".repeat(deep) + " }}",
            "{{ " + "{1:".repeat(deep) + "1" + "}".repeat(deep) + " }}",
            "{{ " + "not ".repeat(deep) + "1 }}",
            "{{ " + "-".repeat(deep) + "1 }}",
            "{{ " + "1 if 1 else ".repeat(deep / 4) + "1 }}",
            "{{ " + "a(".repeat(deep / 2) + ")".repeat(deep / 2) + " }}",
            "{{ " + "a[".repeat(deep / 2) + "1" + "]".repeat(deep / 2) + " }}",
            "{% if 1 %}".repeat(deep / 4),
            "{% for x in y %}".repeat(deep / 4),
            "{% set " + "(".repeat(deep) + "x" + ")".repeat(deep) + " = 1 %}");
    for (String source : sources) {
      ChatTemplateException e =
          assertThrows(ChatTemplateException.class, () -> Cases.compile(source));
      assertTrue(e.getMessage().contains("nested deeper than 300"), e.getMessage());
    }
  }

  @Test
  void shouldRefuseToEvaluateLongChains() {
    int deep = 20_000;
    List<String> sources =
        List.of(
            "{{ 1" + " + 1".repeat(deep) + " }}",
            "{{ 1" + " ** 1".repeat(deep) + " }}",
            "{{ 1" + " and 1".repeat(deep) + " }}",
            "{{ text" + ".x".repeat(deep) + " }}",
            "{{ text" + "|upper".repeat(deep) + " }}",
            "{% filter upper" + "|upper".repeat(deep) + " %}{% endfilter %}",
            "{{ range" + "()".repeat(deep) + " }}");
    for (String source : sources) {
      assertTrue(
          refused(source).getMessage().contains("nest deeper than"), source.substring(0, 30));
    }
  }

  @Test
  void shouldRefuseSourceThatIsTooLong() {
    ChatTemplateException big =
        assertThrows(ChatTemplateException.class, () -> Cases.compile("x".repeat(2_000_000)));
    assertTrue(big.getMessage().contains("2000000 characters"), big.getMessage());
    ChatTemplateException many =
        assertThrows(ChatTemplateException.class, () -> Cases.compile("{{a}}".repeat(200_000)));
    assertTrue(many.getMessage().contains("more than 200000 tokens"), many.getMessage());
  }

  @Test
  void shouldNameThePlaceOfAnError() {
    ChatTemplateException e = refused("ok\n{% if true %}\n  {{ 1 + nosuch.x }}\n{% endif %}");
    assertEquals("chat template, line 3, column 16: 'nosuch' is undefined", e.getMessage());
    ChatTemplateException syntax = refused("a\nb {{ 1 + }}");
    assertEquals(
        "chat template, line 2, column 10: expected an expression, found }}", syntax.getMessage());
  }

  @Test
  void shouldReachItsDepthLimitBeforeTheUsualStackEnds() throws InterruptedException {
    List<String> sources =
        List.of(
            "{{ " + "(".repeat(90) + "1" + ")".repeat(90) + " }}",
            "{% macro m(x) %}{% for i in [x] %}{% if i %}{{ m(i) }}{% endif %}{% endfor %}"
                + "{% endmacro %}{{ m(1) }}",
            "{% macro m() %}{% call m() %}{{ caller }}{% endcall %}{% endmacro %}{{ m() }}",
            "{% set n = namespace(g=[1]) %}{% for i in range(390) %}"
                + "{% set n.g = n.g | map('string') | select %}{% endfor %}{{ n.g | list }}");
    for (String source : sources) {
      AtomicReference<Object> outcome = new AtomicReference<>("nothing");
      Runnable render =
          () -> {
            try {
              outcome.set(Cases.render(source, Map.of()));
            } catch (ChatTemplateException | Error e) {
              outcome.set(e);
            }
          };
      Thread thread = new Thread(null, render, "usual-stack", 1 << 20);
      thread.start();
      thread.join();
      if (outcome.get() instanceof Throwable error) {
        ChatTemplateException e = assertInstanceOf(ChatTemplateException.class, error);
        assertTrue(e.getMessage().contains("nest deeper than 400 levels"), e.getMessage());
      } else {
        assertEquals("1", outcome.get());
      }
    }
  }

  private static final List<String> PIECES =
      List.of(
          "{{",
          "}}",
          "{%",
          "%}",
          "{#",
          "#}",
          "{%-",
          "-%}",
          "{{-",
          "-}}",
          "{%+",
          "+%}",
          " ",
          "\n",
          "if",
          "else",
          "elif",
          "endif",
          "for",
          "in",
          "endfor",
          "set",
          "endset",
          "macro",
          "endmacro",
          "call",
          "endcall",
          "filter",
          "endfilter",
          "raw",
          "endraw",
          "with",
          "endwith",
          "is",
          "not",
          "and",
          "or",
          "defined",
          "none",
          "true",
          "false",
          "x",
          "y",
          "loop",
          "index",
          "messages",
          "role",
          "content",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          ":",
          ",",
          ".",
          "|",
          "~",
          "+",
          "-",
          "*",
          "/",
          "//",
          "%",
          "**",
          "==",
          "!=",
          "<",
          ">",
          "<=",
          "=",
          "0",
          "1",
          "-1",
          "2.5",
          "'a'",
          "\"b\"",
          "'{}'",
          "'%s'",
          "'é😀'",
          "upper",
          "join",
          "map",
          "list",
          "sort",
          "tojson",
          "length",
          "replace",
          "format",
          "split",
          "range",
          "namespace",
          "break",
          "continue",
          "recursive",
          "items",
          "batch",
          "slice",
          "round",
          "int",
          "first",
          "last",
          "indent",
          "groupby",
          "unique",
          "select",
          "reverse",
          "center",
          "truncate",
          "dict");

  private static final Map<String, Object> VALUES =
      Map.of(
          "x", List.of(3L, 1.5, "a", true, Values.NONE),
          "y", "text with {braces} %s",
          "messages", List.of(Map.of("role", "user", "content", "hi")));

  private static String word(RandomGenerator random) {
    return PIECES.get(random.nextInt(PIECES.size()));
  }

  @Test
  @ExtendWith(Seed.class)
  void shouldOnlyEverThrowTemplateExceptions(RandomGenerator random) {
    int rendered = 0;
    for (int i = 0; i < 20_000; i++) {
      StringBuilder source = new StringBuilder();
      int kind = random.nextInt(3);
      int length = 1 + random.nextInt(14);
      for (int j = 0; j < length; j++) {
        source.append(word(random)).append(random.nextBoolean() ? " " : "");
      }
      String wrapped = kind == 0 ? source.toString() : "{{ " + source + " }}";
      rendered += attempt(wrapped);
    }
    assertTrue(rendered > 0, "of 20000 random templates none rendered");
  }

  /** Valid expressions with operands of unlike types, so that more than the parser is tried. */
  @Test
  @ExtendWith(Seed.class)
  void shouldOnlyEverThrowTemplateExceptionsForValidSyntax(RandomGenerator random) {
    List<String> names = new ArrayList<>();
    for (String name : PIECES) {
      if (Character.isLetter(name.charAt(0)) && (Filters.exists(name) || Tests.exists(name))) {
        names.add(name);
      }
    }
    int rendered = 0;
    for (int i = 0; i < 8_000; i++) {
      rendered += attempt("{{ " + expression(random, names, 3) + " }}");
    }
    assertTrue(rendered > 400, "of 8000 random expressions rendered: " + rendered);
  }

  private static String expression(RandomGenerator random, List<String> filters, int depth) {
    List<String> operands =
        List.of(
            "x",
            "y",
            "messages",
            "1",
            "-2",
            "0",
            "2.5",
            "'ab'",
            "'%d {0}'",
            "none",
            "true",
            "nosuch",
            "[1, 'a']",
            "(1, 2)",
            "{'a': 1, 2: 'b'}",
            "range(3)",
            "range",
            "''",
            "[]",
            "9223372036854775807",
            "1e308",
            "'😀é'",
            "x|map('string')",
            "{}.items()",
            "namespace(a=1)",
            "(-9223372036854775807 - 1)",
            "'<'|e");
    List<String> operators =
        List.of("+", "-", "*", "/", "//", "%", "**", "~", "==", "<", ">=", "in", "and", "or");
    if (depth == 0 || random.nextInt(5) == 0) {
      return operands.get(random.nextInt(operands.size()));
    }
    String a = expression(random, filters, depth - 1);
    String b = expression(random, filters, depth - 1);
    String filter = filters.get(random.nextInt(filters.size()));
    return switch (random.nextInt(8)) {
      case 0, 1 -> "(" + a + " " + operators.get(random.nextInt(operators.size())) + " " + b + ")";
      case 2 -> "(" + a + ")[" + b + "]";
      case 3 -> "(" + a + ")[" + b + ":" + a + ":" + b + "]";
      case 4 -> "(" + a + ")|" + filter;
      case 5 -> "(" + a + ")|" + filter + "(" + b + ")";
      case 6 -> "(" + a + ")." + method(random) + "(" + (random.nextBoolean() ? b : "") + ")";
      default -> "(" + a + " if " + b + " else " + b + ")";
    };
  }

  private static String method(RandomGenerator random) {
    List<String> methods =
        List.of(
            "split",
            "rsplit",
            "strip",
            "join",
            "format",
            "find",
            "rfind",
            "replace",
            "count",
            "index",
            "zfill",
            "center",
            "ljust",
            "startswith",
            "endswith",
            "splitlines",
            "title",
            "partition",
            "expandtabs",
            "get",
            "items",
            "keys",
            "copy",
            "capitalize",
            "swapcase");
    return methods.get(random.nextInt(methods.size()));
  }

  private static int attempt(String source) {
    try {
      Cases.render(source, VALUES);
      return 1;
    } catch (ChatTemplateException expected) {
      return 0;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("this template throws " + e + ": " + source, e);
    }
  }
}
