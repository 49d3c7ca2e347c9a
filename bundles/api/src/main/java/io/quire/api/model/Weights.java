package io.quire.api.model;

import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** The tensors of an opened model, by name. Safe for use by several threads. */
@ProviderType
public interface Weights {
  /**
   * Where the model was opened, so that another process can open it too and find the same tensors.
   *
   * @return a location as in {@link ModelFile#location()}; empty if they are nowhere but here
   */
  default String location() {
    return "";
  }

  /** {@return the names of all tensors} */
  Set<String> names();

  /**
   * One tensor. May be costly the first time where weights are generated rather than read.
   *
   * @param name a member of {@link #names()}
   * @return the tensor; its data lives as long as the {@link ModelFile}
   * @throws ModelFormatException if there is no such tensor; the message names similar ones
   */
  Tensor tensor(String name);
}
