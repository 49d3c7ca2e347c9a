package io.quire.core.kernel;

import static io.quire.core.kernel.KernelHeaderException.quoted;

import org.osgi.framework.Version;

/** The version of the tile dialect that kernels are given. */
final class DialectVersion {
  /** What the preludes offer. A greater minor version only adds to it. */
  static final Version CURRENT = new Version(1, 1, 0);

  private DialectVersion() {}

  /**
   * Compares what a text needs with what there is.
   *
   * @param needed a version such as {@code 1.0}
   * @return why the text cannot be used, empty if it can
   */
  static String fault(String needed) {
    Version version;
    try {
      version = Version.parseVersion(needed);
    } catch (IllegalArgumentException e) {
      return "its dialect is " + quoted(needed) + "; allowed: a version such as 1.0";
    }
    boolean known = version.getMajor() == CURRENT.getMajor() && version.compareTo(CURRENT) <= 0;
    if (known) {
      return "";
    }
    String remedy =
        version.compareTo(CURRENT) > 0
            ? "; a newer Quire can use it"
            : "; the text must be brought up to date";
    return "it needs dialect "
        + quoted(needed)
        + ", and this Quire has "
        + CURRENT.getMajor()
        + "."
        + CURRENT.getMinor()
        + remedy;
  }
}
