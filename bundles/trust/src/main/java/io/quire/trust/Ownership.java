package io.quire.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Whose a file is. A file is its user's alone if the user owns it, nobody else may write it, and
 * nobody else may put another one in its place: every folder above it, up to the root, belongs to
 * the user or to root and is not writable by others, unless it is sticky as {@code /tmp} is. Links
 * are followed first. Access control lists count as far as they show in the mode.
 */
public final class Ownership {
  private static final int PERMISSIONS = 07777;
  private static final int STICKY = 01000;
  private static final int GROUP_WRITES = 0020;
  private static final int OTHERS_WRITE = 0002;
  private static final int ROOT = 0;

  private final int user;

  Ownership(int user) {
    this.user = user;
  }

  /**
   * {@return the rule for files of this process's user}
   *
   * @throws IOException if the user is not known: the system has no owners and modes
   */
  public static Ownership ofThisProcess() throws IOException {
    Path probe = Files.createTempFile("quire-owner", "");
    try {
      return new Ownership(attribute(probe, "unix:uid"));
    } finally {
      Files.delete(probe);
    }
  }

  /**
   * Looks for a way by which others could change a file or folder.
   *
   * @param path the file or folder
   * @return what is wrong, the mode found, and the command that mends it; empty if the path is the
   *     user's alone
   * @throws IOException if it cannot be looked at
   */
  public Optional<String> fault(Path path) throws IOException {
    Path real = path.toRealPath();
    int owner = attribute(real, "unix:uid");
    if (owner != user) {
      return Optional.of(
          describe(real, owner)
              + String.format(
                  Locale.ROOT,
                  ", not this process's user (uid %d): its owner could change what runs here. Mend it:",
                  user)
              + String.format(Locale.ROOT, " chown %d '%s', or copy it", user, real));
    }
    if (isOpen(real)) {
      return Optional.of(open(real, owner, "could change what runs here"));
    }
    for (Path above = real.getParent(); above != null; above = above.getParent()) {
      int holder = attribute(above, "unix:uid");
      if (holder != user && holder != ROOT) {
        return Optional.of(
            describe(above, holder)
                + String.format(
                    Locale.ROOT,
                    ", neither this process's user (uid %d) nor root: its owner could put another %s in place. Mend it: move %s to a folder of yours",
                    user,
                    real.getFileName(),
                    real.getFileName()));
      }
      if (isOpen(above) && (attribute(above, "unix:mode") & STICKY) == 0) {
        return Optional.of(
            open(above, holder, "could put another " + real.getFileName() + " in place"));
      }
    }
    return Optional.empty();
  }

  private static boolean isOpen(Path path) throws IOException {
    return (attribute(path, "unix:mode") & (GROUP_WRITES | OTHERS_WRITE)) != 0;
  }

  private static String open(Path path, int owner, String consequence) throws IOException {
    boolean others = (attribute(path, "unix:mode") & OTHERS_WRITE) != 0;
    return describe(path, owner)
        + ": "
        + (others ? "everybody" : "its group")
        + " may write it and "
        + consequence
        + ". Mend it: chmod go-w '"
        + path
        + "'";
  }

  private static String describe(Path path, int owner) throws IOException {
    return String.format(
        Locale.ROOT,
        "%s has mode %04o and belongs to %s (uid %d)",
        path,
        attribute(path, "unix:mode") & PERMISSIONS,
        Files.getOwner(path),
        owner);
  }

  private static int attribute(Path path, String name) throws IOException {
    try {
      return (Integer) Files.getAttribute(path, name);
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      throw new IOException(
          "the file system of "
              + path
              + " has no owners and modes, so nobody knows who may write"
              + " there: use a folder on a Unix file system",
          e);
    }
  }
}
