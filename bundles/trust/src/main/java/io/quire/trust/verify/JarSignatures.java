package io.quire.trust.verify;

import io.quire.trust.Signers;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;

/**
 * Whether every entry of a jar is signed by a signer. Only the manifest and the signatures
 * themselves are left out, as {@code jarsigner} does: other files of {@code META-INF/} are code or
 * configuration as well, and versioned classes lie there.
 */
public final class JarSignatures {
  private static final int NAMED = 3;

  private final Chains chains;

  /**
   * Checks against these signers.
   *
   * @param signers whose signatures count
   */
  public JarSignatures(Signers signers) {
    chains = new Chains(signers);
  }

  /**
   * Reads the whole jar.
   *
   * @param jar the jar
   * @return who signed all of it
   * @throws SignatureFault if nobody did
   * @throws IOException if it cannot be read
   */
  public String signer(Path jar) throws SignatureFault, IOException {
    try (JarFile file = new JarFile(jar.toFile(), true)) {
      return new Reading(file).signer();
    } catch (SecurityException e) {
      throw new SignatureFault("it has been changed since it was signed: " + e.getMessage());
    }
  }

  /** One pass through a jar. */
  private final class Reading {
    private final JarFile file;
    private final Set<String> names = new HashSet<>();
    private final Set<String> unsigned = new TreeSet<>();
    private final Set<String> signers = new TreeSet<>();

    Reading(JarFile file) {
      this.file = file;
    }

    String signer() throws SignatureFault, IOException {
      Manifest manifest = file.getManifest();
      if (manifest == null) {
        throw new SignatureFault("it has no manifest");
      }
      for (JarEntry entry : file.stream().toList()) {
        if (!names.add(entry.getName())) {
          throw new SignatureFault("it has two entries " + entry.getName());
        }
        look(entry);
      }
      if (!unsigned.isEmpty()) {
        throw new SignatureFault(
            String.format(
                Locale.ROOT,
                "%d of %d entries are not signed: %s",
                unsigned.size(),
                names.size(),
                some(unsigned)));
      }
      if (signers.isEmpty()) {
        throw new SignatureFault(
            String.format(Locale.ROOT, "none of its %d entries is signed", names.size()));
      }
      Set<String> missing =
          manifest.getEntries().entrySet().stream()
              .filter(section -> hasDigest(section.getValue()))
              .map(section -> section.getKey())
              .filter(name -> !names.contains(name))
              .collect(Collectors.toCollection(TreeSet::new));
      if (!missing.isEmpty()) {
        throw new SignatureFault(
            String.format(
                Locale.ROOT,
                "%d entries that were signed are missing: %s",
                missing.size(),
                some(missing)));
      }
      return String.join(", ", signers);
    }

    private void look(JarEntry entry) throws SignatureFault, IOException {
      long length;
      try (InputStream in = file.getInputStream(entry)) {
        length = in.transferTo(OutputStream.nullOutputStream());
      }
      if (isOfSignatures(entry.getName()) || (entry.isDirectory() && length == 0)) {
        return;
      }
      CodeSigner[] found = entry.getCodeSigners();
      if (found == null) {
        unsigned.add(entry.getName());
        return;
      }
      Set<String> faults = new TreeSet<>();
      for (CodeSigner signer : found) {
        Optional<String> fault =
            chains.fault(signer.getSignerCertPath(), Optional.ofNullable(signer.getTimestamp()));
        if (fault.isEmpty()) {
          signers.add(
              Signers.name((X509Certificate) signer.getSignerCertPath().getCertificates().get(0)));
          return;
        }
        faults.add(fault.get());
      }
      throw new SignatureFault(String.join("; ", faults));
    }
  }

  private static boolean hasDigest(Attributes attributes) {
    return attributes.keySet().stream().anyMatch(key -> key.toString().endsWith("-Digest"));
  }

  private static boolean isOfSignatures(String name) {
    return name.toUpperCase(Locale.ROOT)
        .matches("META-INF/(MANIFEST\\.MF|[^/]+\\.(SF|RSA|DSA|EC))");
  }

  private static String some(Set<String> names) {
    return names.stream().limit(NAMED).collect(Collectors.joining(", "))
        + (names.size() > NAMED ? ", ..." : "");
  }
}
