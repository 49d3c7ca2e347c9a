package io.quire.trust.verify;

import io.quire.trust.Signers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Detached signatures: {@code NAME.sig} beside {@code NAME}, as {@code openssl dgst -sha256 -sign
 * KEY -out NAME.sig NAME} writes it, with an RSA key (PKCS #1) or one of an elliptic curve (ECDSA,
 * DER). The key is that of one of the signers' certificates, which is valid now: such a signature
 * has neither chain nor time.
 */
public final class FileSignatures {
  /** The signature of {@code NAME} lies in {@code NAME.sig}. */
  public static final String SUFFIX = ".sig";

  private static final int MOST_BYTES = 4096;
  private static final int BUFFER = 1 << 20;

  private final Signers signers;

  /**
   * Checks against these signers.
   *
   * @param signers whose signatures count
   */
  public FileSignatures(Signers signers) {
    this.signers = signers;
  }

  private record Check(X509Certificate certificate, Signature signature) {}

  /**
   * What was found in one pass.
   *
   * @param signer who signed the file
   * @param sha256 of its content, hexadecimal
   */
  public record Signed(String signer, String sha256) {}

  /**
   * Reads the whole file once.
   *
   * @param content the signed bytes
   * @param signature where the signature lies
   * @return who signed it, and its hash
   * @throws SignatureFault if no signer did
   * @throws IOException if a file cannot be read
   */
  public Signed check(Path content, Path signature) throws SignatureFault, IOException {
    if (!Files.isRegularFile(signature)) {
      throw new SignatureFault("it has no signature " + signature.getFileName() + " beside it");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(signature)) {
      bytes = in.readNBytes(MOST_BYTES);
    }
    try {
      List<Check> checks = checks();
      String sha256 = feed(content, checks);
      return new Signed(judge(checks, bytes, signature), sha256);
    } catch (GeneralSecurityException e) {
      throw new SignatureFault("its signature cannot be checked: " + e.getMessage());
    }
  }

  private List<Check> checks() throws GeneralSecurityException {
    List<Check> checks = new ArrayList<>();
    for (X509Certificate certificate : signers.certificates()) {
      PublicKey key = certificate.getPublicKey();
      if (key.getAlgorithm().equals("RSA") || key.getAlgorithm().equals("EC")) {
        Signature signature =
            Signature.getInstance(
                key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
        signature.initVerify(key);
        checks.add(new Check(certificate, signature));
      }
    }
    return checks;
  }

  private static String feed(Path content, List<Check> checks)
      throws IOException, GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(content)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
        for (Check check : checks) {
          check.signature().update(buffer, 0, read);
        }
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String judge(List<Check> checks, byte[] bytes, Path signature)
      throws SignatureFault {
    Date now = new Date();
    for (Check check : checks) {
      if (!verifies(check.signature(), bytes)) {
        continue;
      }
      X509Certificate certificate = check.certificate();
      if (now.before(certificate.getNotBefore()) || now.after(certificate.getNotAfter())) {
        throw new SignatureFault(
            String.format(
                Locale.ROOT,
                "the certificate of %s is valid from %s to %s, not now",
                Signers.name(certificate),
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant()));
      }
      return Signers.name(certificate);
    }
    throw new SignatureFault(
        String.format(
            Locale.ROOT,
            "%s (%d bytes) is not a signature of this content by one of the %d signers with RSA or elliptic-curve keys",
            signature.getFileName(),
            bytes.length,
            checks.size()));
  }

  /** Bytes of another form than the key's signatures have are no signature of it. */
  private static boolean verifies(Signature signature, byte[] bytes) {
    try {
      return signature.verify(bytes);
    } catch (SignatureException ofAnotherForm) {
      return false;
    }
  }
}
