package io.quire.shell;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelRegistry.Verdict;
import io.quire.api.kernel.KernelSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What becomes of kernel sources on the devices that compile kernels. One listing, one use. */
final class KernelFates {
  /** The device that stands for all of them in refusals. */
  private static final String EVERY_DEVICE = "*";

  private final KernelRegistry registry;
  private final Map<String, Map<String, Object>> devices;
  private final Map<Question, List<Verdict>> answers = new LinkedHashMap<>();

  private record Question(String op, String dtype, String device) {}

  /**
   * Prepares a listing.
   *
   * @param registry the sources there are
   * @param devices properties of the devices that compile kernels, by their ids
   */
  KernelFates(KernelRegistry registry, Map<String, Map<String, Object>> devices) {
    this.registry = registry;
    this.devices = devices;
  }

  /**
   * A source's fate.
   *
   * @param entry the source
   * @return by device: preferred, behind which one, or what speaks against it; {@code *} stands for
   *     all devices
   */
  Map<String, String> of(KernelRegistry.Entry entry) {
    Map<String, String> fates = new TreeMap<>();
    entry.refusals().forEach((device, reason) -> fates.put(device, "refused: " + reason));
    if (!fates.containsKey(EVERY_DEVICE)) {
      devices.keySet().forEach(device -> fates.put(device, on(device, entry)));
    }
    return fates;
  }

  /** One fate for all element types, or each with its types. */
  private String on(String device, KernelRegistry.Entry entry) {
    Map<String, List<String>> types = new LinkedHashMap<>();
    for (String dtype : entry.source().header().dtypes()) {
      types.computeIfAbsent(on(device, entry, dtype), fate -> new ArrayList<>()).add(dtype);
    }
    if (types.size() == 1) {
      return types.keySet().iterator().next();
    }
    return types.entrySet().stream()
        .map(fate -> fate.getKey() + " for " + String.join(", ", fate.getValue()))
        .collect(Collectors.joining("; "));
  }

  private String on(String device, KernelRegistry.Entry entry, String dtype) {
    KernelHeader header = entry.source().header();
    List<Verdict> verdicts =
        answers.computeIfAbsent(
            new Question(header.op(), dtype, device),
            asked -> registry.explain(asked.op(), asked.dtype(), devices.get(device)));
    Optional<Verdict> own =
        verdicts.stream().filter(verdict -> verdict.source() == entry.source()).findFirst();
    if (own.isEmpty()) {
      return "it has just left";
    }
    if (!own.get().usable()) {
      return own.get().objection();
    }
    KernelSource first =
        verdicts.stream().filter(Verdict::usable).map(Verdict::source).findFirst().orElseThrow();
    return first == entry.source() ? "preferred" : "behind " + first.header().name();
  }
}
