package io.quire.api.model;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Service: opens one kind of model. Locations are paths, or names with a scheme such as {@code
 * random:llama-1b}.
 */
@ConsumerType
public interface WeightsFormat {
  /** {@return the format's name for listings, such as {@code gguf}} */
  String name();

  /**
   * Whether {@link #open} is worth trying. Looks at the name and the first bytes at most.
   *
   * @param location a path or a name with a scheme
   * @return true if this format is responsible
   */
  boolean accepts(String location);

  /**
   * Opens a model. Checks everything that a later step relies on: sizes, offsets, alignment,
   * shapes, types.
   *
   * @param location as in {@link #accepts}
   * @return the opened model; close it after its last plan
   * @throws ModelFormatException if the file is missing, truncated, hostile or of an unknown
   *     version
   */
  ModelFile open(String location);
}
