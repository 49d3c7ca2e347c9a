package io.quire.api.kernel;

import org.osgi.annotation.versioning.ConsumerType;

/** Service: the text of a kernel in the tile dialect. */
@ConsumerType
public interface KernelSource {
  /** Service property: {@link KernelHeader#op()}. */
  String OP = "op";

  /** Service property: {@link KernelHeader#dialect()}. */
  String DIALECT = "dialect";

  /** Service property: {@link KernelHeader#filter()}. */
  String REQUIRES = "requires";

  /** {@return its header} */
  KernelHeader header();

  /** {@return the whole text, header included} */
  String text();

  /** {@return where it came from, for listings: a bundle and a path in it} */
  String origin();
}
