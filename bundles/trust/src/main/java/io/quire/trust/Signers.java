package io.quire.trust;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Whose signatures count.
 *
 * @param certificates of signers, or of authorities that certify signers
 */
public record Signers(Set<X509Certificate> certificates) {
  private static final String PEM = "-----BEGIN CERTIFICATE-----";

  /** That of a store without secrets, by the JDK's own convention. */
  private static final char[] USUAL_PASSWORD = "changeit".toCharArray();

  /**
   * Keeps a copy.
   *
   * @param certificates of signers, or of authorities that certify signers
   */
  public Signers {
    certificates = Collections.unmodifiableSet(new LinkedHashSet<>(certificates));
  }

  /**
   * Reads a file of certificates.
   *
   * @param file PEM, or a JKS or PKCS12 trust store with the password {@code changeit} or none
   * @return them, at least one
   * @throws IOException if there is none, or it cannot be read; the message says what to do
   */
  public static Signers read(Path file) throws IOException {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IOException("signers' certificates cannot be read from " + file, e);
    }
    Collection<X509Certificate> found;
    try {
      found =
          new String(content, StandardCharsets.ISO_8859_1).contains(PEM)
              ? pem(content)
              : store(file);
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException(unusable(file, content.length) + " (" + e.getMessage() + ")", e);
    }
    if (found.isEmpty()) {
      throw new IOException(unusable(file, content.length));
    }
    return new Signers(new LinkedHashSet<>(found));
  }

  private static String unusable(Path file, int length) {
    return String.format(
        Locale.ROOT,
        "%s (%d bytes) holds no certificate of a signer: it is neither PEM nor a JKS or PKCS12 store of trusted certificates with the password changeit. Write one as PEM: keytool -exportcert -rfc -keystore STORE -alias NAME -file '%s'",
        file,
        length,
        file);
  }

  private static Collection<X509Certificate> pem(byte[] content) throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(content))
        .stream()
        .map(X509Certificate.class::cast)
        .toList();
  }

  private static Collection<X509Certificate> store(Path file)
      throws GeneralSecurityException, IOException {
    KeyStore store;
    try {
      store = KeyStore.getInstance(file.toFile(), USUAL_PASSWORD);
    } catch (IOException anotherPassword) {
      store = KeyStore.getInstance(file.toFile(), (char[]) null);
    }
    Collection<X509Certificate> found = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      Certificate certificate = store.getCertificate(alias);
      if (store.isCertificateEntry(alias) && certificate instanceof X509Certificate x509) {
        found.add(x509);
      }
    }
    return found;
  }

  /**
   * {@return a signer as logs name it: the subject, and the begin of the certificate's SHA-256}
   *
   * @param certificate the signer's
   */
  public static String name(X509Certificate certificate) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return certificate.getSubjectX500Principal().getName()
          + " (sha256 "
          + HexFormat.of().formatHex(hash, 0, 8)
          + ")";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate that was read has no encoding", e);
    }
  }
}
