package io.quire.trust;

import java.nio.file.Path;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Service: says whether what arrives may come in. Who refuses is told why; the log and the audit
 * log are told by the service. Safe for use by several threads.
 */
@ProviderType
public interface Trust {
  /**
   * Framework property: a file of certificates, PEM or a JKS or PKCS12 trust store. If it is set,
   * nothing comes in that none of them has signed; if it cannot be read, nothing at all. It is read
   * once.
   */
  String SIGNERS = "quire.deploy.signers";

  /** {@return whether signatures are asked for} */
  boolean asksForSignatures();

  /**
   * Judges a file in a watched folder: whose it is, and, if signatures are asked for, who signed
   * it.
   *
   * @param kind what it is: a bundle carries its signature, of others it lies in {@code NAME.sig}
   * @param file where it lies
   * @param content the bytes that will be used: the file itself, or better a copy that nobody else
   *     can reach
   * @return the verdict
   */
  Verdict arrived(Kind kind, Path file, Path content);

  /**
   * Judges the signature of a bundle that was installed by whatever way.
   *
   * @param name its symbolic name and location, for the log
   * @param content its entries as a jar
   * @return the verdict
   */
  Verdict installed(String name, Path content);

  /**
   * {@return what was found of a file that was accepted last}
   *
   * @param origin the absolute path of the file
   */
  Optional<Verdict.Accepted> known(String origin);

  /** What may arrive as a file. */
  enum Kind {
    /** A jar. */
    BUNDLE,
    /** A kernel source. */
    KERNEL,
    /** A model's weights. */
    MODEL
  }
}
