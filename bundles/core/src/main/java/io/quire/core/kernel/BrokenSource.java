package io.quire.core.kernel;

import io.quire.api.kernel.KernelHeader;
import io.quire.api.kernel.KernelSource;
import java.util.List;
import java.util.Map;

/**
 * What is listed in place of a source that cannot be used on any device. It has no op, so nothing
 * resolves to it.
 *
 * @param origin where the source came from
 * @param reason what is wrong with it
 */
record BrokenSource(String origin, String reason) implements KernelSource {
  @Override
  public KernelHeader header() {
    return new KernelHeader(
        "", "", "", List.of(), "", 0, Map.of(), Map.of(), List.of(), List.of(), List.of(), Map.of(),
        "");
  }

  @Override
  public String text() {
    return "";
  }
}
