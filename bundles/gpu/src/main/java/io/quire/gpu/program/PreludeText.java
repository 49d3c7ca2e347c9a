package io.quire.gpu.program;

import io.quire.api.device.CompileOptions;
import io.quire.api.device.KernelCompileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The dialect's texts in a driver's bundle, and how a program is put together from them: macros,
 * prelude, common part, kernel. {@code #line} directives make the compiler name the kernel's own
 * lines.
 */
public final class PreludeText {
  /** The version of the dialect that the preludes speak. */
  private static final int DIALECT_MAJOR = 1;

  private static final int DIALECT_MINOR = 1;

  private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})");
  private static final Pattern MACRO = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");
  private static final Pattern VALUE = Pattern.compile("[^\\r\\n\\\\]{0,1024}");
  private static final Pattern INCLUDE =
      Pattern.compile("(?m)^[ \\t]*#[ \\t]*include[ \\t]*\"([a-z0-9_]+\\.h)\".*$");

  private final Map<String, String> preludes = new TreeMap<>();
  private final Class<?> owner;
  private final String common;

  /**
   * Reads the texts of a bundle: folders {@code prelude} and {@code common}, each with its list of
   * files in {@code index.txt}.
   *
   * @param owner a class of the bundle
   */
  public PreludeText(Class<?> owner) {
    this.owner = owner;
    read("prelude").forEach(preludes::put);
    StringBuilder text = new StringBuilder();
    read("common").forEach((name, content) -> text.append(line("common/" + name)).append(content));
    common = text.toString();
  }

  private Map<String, String> read(String folder) {
    Map<String, String> texts = new TreeMap<>();
    Arrays.stream(resource(folder + "/index.txt").split("[,\\s]+"))
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(name -> !name.isEmpty())
        .forEach(name -> texts.put(name, resource(folder + "/" + name)));
    return texts;
  }

  private String resource(String path) {
    try (InputStream in = owner.getResourceAsStream("/" + path)) {
      if (in == null) {
        throw new IllegalStateException("the bundle of " + owner.getName() + " lacks " + path);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.endsWith("\n") ? text : text + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read " + path + " of the bundle of " + owner.getName(), e);
    }
  }

  /**
   * Puts a program together.
   *
   * @param prelude the lowering
   * @param source the kernel's text
   * @param options its name, macros and the dialect it needs
   * @return what the compiler gets
   * @throws KernelCompileException if the kernel needs another dialect or a macro is malformed
   */
  public String assemble(Prelude prelude, String source, CompileOptions options) {
    checkDialect(options);
    StringBuilder text = new StringBuilder();
    Map<String, String> macros = new TreeMap<>(options.definitions());
    macros.forEach((name, value) -> {
      if (!MACRO.matcher(name).matches() || !VALUE.matcher(value).matches()) {
        throw new KernelCompileException(
            options.name()
                + ": macro "
                + name
                + " = "
                + value
                + " cannot be defined: a name is letters, digits and _, a value is one line");
      }
      text.append("#define ").append(name).append(' ').append(value).append('\n');
    });
    text.append(expanded(prelude.name() + ".h")).append(common);
    return text.append(line(options.name())).append(source).append('\n').toString();
  }

  private static void checkDialect(CompileOptions options) {
    Matcher version = VERSION.matcher(options.dialect());
    if (!version.matches()
        || Integer.parseInt(version.group(1)) != DIALECT_MAJOR
        || Integer.parseInt(version.group(2)) > DIALECT_MINOR) {
      throw new KernelCompileException(
          options.name()
              + " needs version "
              + options.dialect()
              + " of the tile dialect; this driver has "
              + DIALECT_MAJOR
              + "."
              + DIALECT_MINOR);
    }
  }

  /** A vendor's prelude includes the generic one for what is not about tiles. */
  private String expanded(String name) {
    String text = prelude(name);
    StringBuilder result = new StringBuilder(line("prelude/" + name));
    int line = 1;
    int from = 0;
    Matcher include = INCLUDE.matcher(text);
    while (include.find()) {
      String before = text.substring(from, include.start());
      line += (int) before.chars().filter(c -> c == '\n').count();
      result
          .append(before)
          .append(line("prelude/" + include.group(1)))
          .append(prelude(include.group(1)))
          .append("#line ")
          .append(line + 1)
          .append(" \"prelude/")
          .append(name)
          .append('"');
      from = include.end();
    }
    return result.append(text, from, text.length()).toString();
  }

  private String prelude(String name) {
    String text = preludes.get(name);
    if (text == null) {
      throw new IllegalStateException(
          "there is no prelude " + name + ", only " + preludes.keySet());
    }
    return text;
  }

  private static String line(String name) {
    return "#line 1 \"" + name.replaceAll("[\\p{Cntrl}\"\\\\]", "_") + "\"\n";
  }
}
