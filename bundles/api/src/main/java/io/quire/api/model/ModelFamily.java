package io.quire.api.model;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Service: one family of architectures, described as a graph. A family does no arithmetic on
 * weights or activations.
 */
@ConsumerType
public interface ModelFamily {
  /** {@return the family's name for listings, such as {@code llama}} */
  String name();

  /**
   * Whether this family describes the model.
   *
   * @param config metadata and tensor names
   * @return true if {@link #graph} would succeed but for broken values
   */
  boolean supports(ModelConfig config);

  /**
   * Describes the forward pass.
   *
   * @param config metadata and tensor names of a supported model
   * @return the graph; all its weights are named in {@code config.tensors()}
   * @throws ModelFormatException if a value or a tensor is missing or contradicts another
   */
  ModelGraph graph(ModelConfig config);
}
