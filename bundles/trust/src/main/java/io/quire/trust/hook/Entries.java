package io.quire.trust.hook;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;

/** A bundle's content as the framework sees it, put into a jar again. Resolves nothing. */
final class Entries {
  private Entries() {}

  /**
   * Writes the jar.
   *
   * @param bundle any bundle
   * @param jar the file to be written
   * @throws IOException if an entry cannot be read, or two have the same name
   */
  static void write(Bundle bundle, Path jar) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      out.setLevel(0);
      Deque<String> folders = new ArrayDeque<>();
      folders.add("/");
      while (!folders.isEmpty()) {
        Enumeration<String> paths = bundle.getEntryPaths(folders.remove());
        for (String path :
            paths == null ? Collections.<String>emptyList() : Collections.list(paths)) {
          if (path.endsWith("/")) {
            folders.add(path);
          } else {
            copy(bundle, path, out);
          }
        }
      }
    }
  }

  private static void copy(Bundle bundle, String path, ZipOutputStream out) throws IOException {
    URL entry = bundle.getEntry(path);
    if (entry == null) {
      throw new IOException("the entry " + path + " is listed and not there");
    }
    out.putNextEntry(new ZipEntry(path));
    try (InputStream in = entry.openStream()) {
      in.transferTo(out);
    }
    out.closeEntry();
  }
}
