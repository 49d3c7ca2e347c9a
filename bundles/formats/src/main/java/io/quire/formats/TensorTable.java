package io.quire.formats;

import io.quire.api.model.ModelFormatException;
import io.quire.api.model.Tensor;
import io.quire.api.model.Weights;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/** Tensors that are all there from the beginning. */
public final class TensorTable implements Weights {
  private final String location;
  private final Map<String, Tensor> tensors;

  /**
   * Keeps the map.
   *
   * @param location where they were opened
   * @param tensors by name; not changed afterwards
   */
  public TensorTable(String location, Map<String, Tensor> tensors) {
    this.location = location;
    this.tensors = tensors;
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public Tensor tensor(String name) {
    Tensor found = tensors.get(name);
    if (found == null) {
      throw missing(name, tensors.keySet());
    }
    return found;
  }

  /** {@return the size of all tensors in bytes} */
  public long bytes() {
    return tensors.values().stream().mapToLong(t -> t.data().byteSize()).sum();
  }

  /**
   * The error for a name that is not there.
   *
   * @param name what was asked for
   * @param names what there is
   * @return an error that lists the most similar names
   */
  public static ModelFormatException missing(String name, Set<String> names) {
    record Candidate(String name, int likeness) {}
    String similar =
        names.stream()
            .map(n -> new Candidate(n, likeness(name, n)))
            .sorted((a, b) -> Integer.compare(b.likeness, a.likeness))
            .limit(3)
            .map(c -> Source.quote(c.name))
            .reduce((a, b) -> a + ", " + b)
            .orElse("none, it has no tensors");
    return new ModelFormatException(
        "the model has no tensor " + Source.quote(name) + "; similar ones: " + similar);
  }

  /** Length of the common prefix and suffix: tensor names differ in a layer number or a word. */
  private static int likeness(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    int prefix = 0;
    while (prefix < shorter && a.charAt(prefix) == b.charAt(prefix)) {
      prefix++;
    }
    int suffix = 0;
    while (suffix < shorter - prefix
        && a.charAt(a.length() - 1 - suffix) == b.charAt(b.length() - 1 - suffix)) {
      suffix++;
    }
    return 2 * (prefix + suffix) - b.length();
  }
}
