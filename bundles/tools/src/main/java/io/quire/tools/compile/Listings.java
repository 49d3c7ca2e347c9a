package io.quire.tools.compile;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the numbers that compilers write into listings and logs. */
final class Listings {
  private static final Pattern AMD_KEY =
      Pattern.compile("(?m)^    \\.(\\w+):[ \\t]+(\\S+)$|^  - \\.(\\w+):");
  private static final Pattern PTXAS_ENTRY =
      Pattern.compile("Compiling entry function '([^']+)'|Function properties for (\\w+)");
  private static final Pattern PTXAS_SPILL =
      Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill");
  private static final Pattern PTXAS_USED =
      Pattern.compile("Used (\\d+) registers(?:.*?(\\d+) bytes smem)?");
  private static final Pattern PTX_LOCAL =
      Pattern.compile("(?m)^[^\\n]*\\.(?:global|const)[^\\n]*\\s(\\w+)_local = (\\d+);");
  private static final Pattern INTEL_KERNEL = Pattern.compile("(?m)^//\\.kernel (\\S+)$");
  private static final Pattern INTEL_GRF = Pattern.compile("numGRF=(\\d+)");
  private static final Pattern INTEL_SPILL = Pattern.compile("(?m)^//\\.spill size (\\d+)$");
  private static final Pattern INTEL_PATCH = Pattern.compile("Kernel Name = (\\w+)");
  private static final Pattern INTEL_LOCAL = Pattern.compile("TotalInlineLocalMemorySize = (\\d+)");
  private static final Pattern INTEL_SCRATCH = Pattern.compile("PerThreadScratchSpace = (\\d+)");

  private Listings() {}

  /** Numbers in the metadata behind an AMD assembly listing. */
  static List<EntryNumbers> amd(String assembly) {
    int start = assembly.indexOf("amdhsa.kernels:");
    List<EntryNumbers> entries = new ArrayList<>();
    if (start < 0) {
      return entries;
    }
    for (String kernel : assembly.substring(start).split("(?m)^  - (?=\\.)")) {
      Map<String, String> values = new HashMap<>();
      for (Matcher key = AMD_KEY.matcher(kernel); key.find(); ) {
        if (key.group(1) != null) {
          values.put(key.group(1), key.group(2));
        }
      }
      if (values.containsKey("name")) {
        entries.add(
            new EntryNumbers(
                values.get("name"),
                (int) number(values, "vgpr_count"),
                (int) number(values, "sgpr_count"),
                number(values, "group_segment_fixed_size"),
                number(values, "vgpr_spill_count"),
                number(values, "private_segment_fixed_size")));
      }
    }
    return entries;
  }

  private static long number(Map<String, String> values, String key) {
    return Long.parseLong(values.getOrDefault(key, "0"));
  }

  /** Numbers in what {@code ptxas -v} says, and local memory asked for at launch, from the PTX. */
  static List<EntryNumbers> nvidia(String log, String ptx) {
    Map<String, Long> dynamic = new HashMap<>();
    for (Matcher local = PTX_LOCAL.matcher(ptx); local.find(); ) {
      dynamic.put(local.group(1), Long.parseLong(local.group(2)));
    }
    List<EntryNumbers> entries = new ArrayList<>();
    String entry = "";
    long spills = 0;
    long stack = 0;
    for (String line : log.split("\n")) {
      Matcher name = PTXAS_ENTRY.matcher(line);
      Matcher spill = PTXAS_SPILL.matcher(line);
      Matcher used = PTXAS_USED.matcher(line);
      if (name.find()) {
        entry = name.group(1) == null ? entry : name.group(1);
      } else if (spill.find()) {
        stack = Long.parseLong(spill.group(1));
        spills = Long.parseLong(spill.group(2)) + Long.parseLong(spill.group(3));
      } else if (used.find()) {
        long fixed = used.group(2) == null ? 0 : Long.parseLong(used.group(2));
        long local = fixed + dynamic.getOrDefault(entry, 0L);
        entries.add(
            new EntryNumbers(entry, Integer.parseInt(used.group(1)), 0, local, spills, stack));
      }
    }
    return entries;
  }

  /** Numbers at the head of one kernel's listing by IGC, and in its patch list. */
  static EntryNumbers intel(String assembly, String patches) {
    return new EntryNumbers(
        intelName(assembly),
        (int) first(INTEL_GRF, assembly),
        0,
        first(INTEL_LOCAL, patches),
        first(INTEL_SPILL, assembly),
        first(INTEL_SCRATCH, patches));
  }

  /** The kernel that a listing is of; empty if it is none. */
  static String intelName(String assembly) {
    return word(INTEL_KERNEL, assembly);
  }

  /** The kernel that a patch list is of; empty if it is none. */
  static String intelPatchName(String patches) {
    return word(INTEL_PATCH, patches);
  }

  private static String word(Pattern pattern, String text) {
    Matcher found = pattern.matcher(text);
    return found.find() ? found.group(1) : "";
  }

  private static long first(Pattern pattern, String text) {
    Matcher found = pattern.matcher(text);
    return found.find() ? Long.parseLong(found.group(1)) : 0;
  }
}
