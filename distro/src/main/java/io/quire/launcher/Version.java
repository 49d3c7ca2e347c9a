package io.quire.launcher;

import java.util.Optional;

/** The version in the launcher's manifest. */
final class Version {
  private Version() {}

  static String current() {
    return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
        .orElse("from source");
  }
}
