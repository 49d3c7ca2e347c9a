package io.quire.api.device;

import java.util.Map;

/**
 * How a kernel text is compiled.
 *
 * @param name for messages and listings, such as {@code paged_attention/decode}
 * @param definitions macros defined before the text, such as {@code HEAD_DIM = 128}
 * @param dialect version of the tile dialect that the text needs, such as {@code 1.0}
 */
public record CompileOptions(String name, Map<String, String> definitions, String dialect) {
  /** Copies the map. */
  public CompileOptions {
    definitions = Map.copyOf(definitions);
  }
}
