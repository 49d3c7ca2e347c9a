package io.quire.formats.gguf;

import io.quire.api.model.DType;
import java.util.List;
import java.util.Map;

/**
 * Everything in front of the tensors' data.
 *
 * @param metadata plain values by key
 * @param tensors in the file's order
 * @param dataStart where offset 0 lies in the file
 */
record GgufHead(Map<String, Object> metadata, List<Entry> tensors, long dataStart) {
  /**
   * Where a tensor lies.
   *
   * @param name unique in the file
   * @param dtype how it is stored
   * @param shape outermost first
   * @param offset first byte, from the beginning of the file
   * @param bytes size
   */
  record Entry(String name, DType dtype, List<Long> shape, long offset, long bytes) {
    long end() {
      return offset + bytes;
    }
  }
}
