package io.quire.trust.verify;

import io.quire.trust.Ownership;
import io.quire.trust.Signers;
import io.quire.trust.Trust;
import io.quire.trust.Verdict;
import io.quire.trust.audit.Audit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Judges what arrives, and says of what is refused why. */
@Component(service = Trust.class, immediate = true)
public final class CheckedArrivals implements Trust {
  private static final System.Logger LOG = System.getLogger(CheckedArrivals.class.getName());

  private final Ownership ownership;
  private final Optional<Signers> signers;
  private final Audit audit = new Audit();
  private final Map<String, Verdict.Accepted> accepted = new ConcurrentHashMap<>();
  private final Map<String, String> refusals = new ConcurrentHashMap<>();

  /**
   * Reads the signers' certificates.
   *
   * @param context names their file, in the framework property {@link Trust#SIGNERS}
   * @throws IOException if this process's user cannot be found out
   */
  @Activate
  public CheckedArrivals(BundleContext context) throws IOException {
    this(Ownership.ofThisProcess(), signers(Optional.ofNullable(context.getProperty(SIGNERS))));
  }

  CheckedArrivals(Ownership ownership, Optional<Signers> signers) {
    this.ownership = ownership;
    this.signers = signers;
  }

  /** Certificates that cannot be read sign nothing: all is refused. */
  private static Optional<Signers> signers(Optional<String> file) {
    return file.filter(name -> !name.isBlank())
        .map(name -> {
          try {
            return Signers.read(Path.of(name));
          } catch (IOException e) {
            LOG.log(
                System.Logger.Level.ERROR,
                "Nothing that arrives is accepted until a restart: " + e.getMessage());
            return new Signers(Set.of());
          }
        });
  }

  @Override
  public boolean asksForSignatures() {
    return signers.isPresent();
  }

  @Override
  public Verdict arrived(Kind kind, Path file, Path content) {
    try {
      Optional<String> fault = ownership.fault(file);
      if (fault.isPresent()) {
        return refused(kind, file, fault.get(), "");
      }
      Verdict.Accepted verdict =
          signers.isPresent()
              ? signed(kind, signers.get(), file, content)
              : new Verdict.Accepted(hash(kind, content), Optional.empty());
      refusals.remove(file.toString());
      accepted.put(file.toAbsolutePath().toString(), verdict);
      return verdict;
    } catch (SignatureFault e) {
      return refused(kind, file, e.getMessage(), remedy(kind, file));
    } catch (IOException e) {
      return refused(kind, file, "it cannot be read: " + e, "Drop it again");
    }
  }

  /** Weights may be many gigabytes: they are not read only to name their hash. */
  private static Optional<String> hash(Kind kind, Path content) throws IOException {
    return kind == Kind.MODEL ? Optional.empty() : Optional.of(Digests.sha256(content));
  }

  private static Verdict.Accepted signed(Kind kind, Signers signers, Path file, Path content)
      throws SignatureFault, IOException {
    if (kind == Kind.BUNDLE) {
      String signer = new JarSignatures(signers).signer(content);
      return new Verdict.Accepted(Optional.of(Digests.sha256(content)), Optional.of(signer));
    }
    FileSignatures.Signed signed =
        new FileSignatures(signers)
            .check(content, file.resolveSibling(file.getFileName() + FileSignatures.SUFFIX));
    return new Verdict.Accepted(Optional.of(signed.sha256()), Optional.of(signed.signer()));
  }

  @Override
  public Verdict installed(String name, Path content) {
    try {
      String signer = new JarSignatures(signers.orElse(new Signers(Set.of()))).signer(content);
      return new Verdict.Accepted(Optional.of(Digests.sha256(content)), Optional.of(signer));
    } catch (SignatureFault e) {
      return refused(
          Kind.BUNDLE,
          name,
          e.getMessage(),
          "It stays installed and does not resolve. Uninstall it, or install it signed");
    } catch (IOException e) {
      return refused(Kind.BUNDLE, name, "it cannot be read: " + e, "Install it again");
    }
  }

  @Override
  public Optional<Verdict.Accepted> known(String origin) {
    return Optional.ofNullable(accepted.get(origin));
  }

  private static String remedy(Kind kind, Path file) {
    return switch (kind) {
      case BUNDLE ->
          String.format(
              Locale.ROOT,
              "It is not installed. Sign it, jarsigner -keystore STORE '%s' ALIAS, and drop it again",
              file);
      case KERNEL, MODEL ->
          String.format(
              Locale.ROOT,
              "It is not used. Sign it: openssl dgst -sha256 -sign KEY -out '%s%s' '%s'",
              file,
              FileSignatures.SUFFIX,
              file);
    };
  }

  /** A file and its signature that come together are looked at twice; that is said once. */
  private Verdict.Refused refused(Kind kind, Path file, String reason, String remedy) {
    Path signature = file.resolveSibling(file.getFileName() + FileSignatures.SUFFIX);
    String state = reason + file.toFile().lastModified() + ":" + signature.toFile().lastModified();
    return state.equals(refusals.put(file.toString(), state))
        ? new Verdict.Refused(reason)
        : refused(kind, file.toString(), reason, remedy);
  }

  private Verdict.Refused refused(Kind kind, String name, String reason, String remedy) {
    accepted.remove(name);
    String what = kind.name().toLowerCase(Locale.ROOT);
    LOG.log(
        System.Logger.Level.WARNING,
        () ->
            what + " " + name + " is refused: " + reason + (remedy.isEmpty() ? "" : ". " + remedy));
    audit.line("refused", what, Map.of("origin", name, "reason", reason));
    return new Verdict.Refused(reason);
  }
}
