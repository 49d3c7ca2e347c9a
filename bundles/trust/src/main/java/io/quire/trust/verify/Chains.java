package io.quire.trust.verify;

import io.quire.trust.Signers;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Timestamp;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Whether a chain of certificates leads to a signer. It does if its first certificate is one of the
 * signers', or if it is a valid path (PKIX, without revocation) to an authority among them; then
 * its use must be to sign code. Certificates must be valid now, or when an authority that the JDK
 * or the signers' file trusts has stamped the signature.
 */
final class Chains {
  private static final String CODE = "1.3.6.1.5.5.7.3.3";
  private static final String TIME = "1.3.6.1.5.5.7.3.8";
  private static final String ANY = "2.5.29.37.0";

  private final Signers signers;

  Chains(Signers signers) {
    this.signers = signers;
  }

  /** {@return what is wrong with who signed; empty if nothing is} */
  Optional<String> fault(CertPath path, Optional<Timestamp> stamp) {
    List<X509Certificate> chain =
        path.getCertificates().stream().map(X509Certificate.class::cast).toList();
    X509Certificate leaf = chain.getFirst();
    Date at = stamp.flatMap(this::proven).orElseGet(Date::new);
    try {
      leaf.checkValidity(at);
    } catch (CertificateException e) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "the certificate of %s is valid from %s to %s, not at %s",
              Signers.name(leaf),
              leaf.getNotBefore().toInstant(),
              leaf.getNotAfter().toInstant(),
              at.toInstant()));
    }
    if (signers.certificates().contains(leaf)) {
      return Optional.empty();
    }
    try {
      validate(chain, signers.certificates(), at, CODE);
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%s is none of the %d signers, nor certified by one (%s)",
              Signers.name(leaf),
              signers.certificates().size(),
              e.getMessage()));
    }
  }

  /** When the signature was there at the latest, if an authority says so that is trusted. */
  private Optional<Date> proven(Timestamp stamp) {
    List<X509Certificate> chain =
        stamp.getSignerCertPath().getCertificates().stream()
            .map(X509Certificate.class::cast)
            .toList();
    try {
      Set<X509Certificate> authorities =
          Stream.concat(signers.certificates().stream(), authoritiesOfTheJdk())
              .collect(Collectors.toSet());
      validate(chain, authorities, stamp.getTimestamp(), TIME);
      return Optional.of(stamp.getTimestamp());
    } catch (GeneralSecurityException nobodyKnown) {
      return Optional.empty();
    }
  }

  private static Stream<X509Certificate> authoritiesOfTheJdk() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    return Arrays.stream(factory.getTrustManagers())
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .flatMap(manager -> Arrays.stream(manager.getAcceptedIssuers()));
  }

  private static void validate(
      List<X509Certificate> chain, Set<X509Certificate> trusted, Date at, String use)
      throws GeneralSecurityException {
    X509Certificate leaf = chain.getFirst();
    List<String> uses = leaf.getExtendedKeyUsage();
    boolean[] keyUsage = leaf.getKeyUsage();
    if (uses != null && !uses.contains(use) && !uses.contains(ANY)) {
      throw new CertificateException("its certificate is for other uses: " + uses);
    }
    if (keyUsage != null && !keyUsage[0]) {
      throw new CertificateException("its certificate is not for signatures");
    }
    Set<TrustAnchor> anchors =
        trusted.stream()
            .filter(certificate -> certificate.getBasicConstraints() >= 0)
            .filter(certificate -> isValid(certificate, at))
            .map(certificate -> new TrustAnchor(certificate, null))
            .collect(Collectors.toSet());
    if (anchors.isEmpty()) {
      throw new CertificateException("none of them is an authority");
    }
    List<X509Certificate> path =
        chain.stream().takeWhile(certificate -> !trusted.contains(certificate)).toList();
    if (path.isEmpty()) {
      throw new CertificateException("an authority signs itself");
    }
    PKIXParameters parameters = new PKIXParameters(anchors);
    parameters.setRevocationEnabled(false);
    parameters.setDate(at);
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
  }

  private static boolean isValid(X509Certificate certificate, Date at) {
    return !at.before(certificate.getNotBefore()) && !at.after(certificate.getNotAfter());
  }
}
