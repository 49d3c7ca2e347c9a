package io.quire.backend.nvidia.fake;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@link FakeNvrtc} makes of a text: the text itself. Nothing in it is ever executed.
 *
 * @param macros what was defined
 * @param kernels bytes of each kernel's arguments, by its name
 * @param numbers what the text exports
 */
record FakeCode(
    Map<String, String> macros, Map<String, List<Integer>> kernels, Map<String, Integer> numbers) {
  static final String MAGIC = "not machine code, but this text:\n";

  /** Bytes of a tensor map. */
  static final int MAP_BYTES = 128;

  private static final Pattern MACRO = Pattern.compile("(?m)^#define (\\w+) (.+)$");
  private static final Pattern KERNEL =
      Pattern.compile("\\bKERNEL\\((\\w+)\\)\\s*\\(((?:[^()]|\\([^()]*\\))*)\\)\\s*\\{");
  private static final Pattern NUMBER = Pattern.compile("(?m)^EXPORT_INT\\((\\w+),\\s*(\\w+)\\)");

  static byte[] of(String text) {
    return (MAGIC + text).getBytes(StandardCharsets.UTF_8);
  }

  static Optional<FakeCode> parse(byte[] code) {
    String all = new String(code, StandardCharsets.UTF_8);
    if (!all.startsWith(MAGIC)) {
      return Optional.empty();
    }
    Map<String, String> macros = new HashMap<>();
    for (Matcher found = MACRO.matcher(all); found.find(); ) {
      macros.putIfAbsent(found.group(1), found.group(2).strip());
    }
    Map<String, List<Integer>> kernels = new HashMap<>();
    for (Matcher found = KERNEL.matcher(all); found.find(); ) {
      kernels.put(found.group(1), sizes(found.group(2), macros));
    }
    Map<String, Integer> numbers = new HashMap<>();
    for (Matcher found = NUMBER.matcher(all); found.find(); ) {
      String value = found.group(2);
      numbers.put(found.group(1), Integer.valueOf(macros.getOrDefault(value, value)));
    }
    return Optional.of(new FakeCode(macros, kernels, numbers));
  }

  private static List<Integer> sizes(String arguments, Map<String, String> macros) {
    List<Integer> sizes = new ArrayList<>();
    for (String argument : arguments.split(",")) {
      if (argument.contains("TENSOR_PARAM")) {
        sizes.add("1".equals(macros.get("COPIER")) ? MAP_BYTES : Long.BYTES);
      } else if (argument.contains("*") || argument.contains("i64")) {
        sizes.add(Long.BYTES);
      } else if (!argument.isBlank() && !"void".equals(argument.strip())) {
        sizes.add(Integer.BYTES);
      }
    }
    return sizes;
  }
}
