package io.quire.trust.hook;

import io.quire.trust.Trust;
import io.quire.trust.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.hooks.resolver.ResolverHook;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * While signatures are asked for, a bundle that is not of the distribution resolves only if it is
 * signed, by whatever way it was installed or updated. The hook is registered by hand: Declarative
 * Services would make it in the middle of a resolution.
 */
@Component(service = SignedBundles.class, immediate = true)
public final class SignedBundles implements ResolverHookFactory {
  private static final System.Logger LOG = System.getLogger(SignedBundles.class.getName());

  private final BundleContext context;
  private final Trust trust;
  private final Baseline baseline;
  private final Map<String, Verdict> verdicts = new ConcurrentHashMap<>();

  /**
   * Registers the hook, if signatures are asked for.
   *
   * @param context the framework, and a place for files
   * @param trust judges the bundles
   * @throws IOException if the bundles that are there cannot be remembered
   */
  @Activate
  public SignedBundles(BundleContext context, @Reference Trust trust) throws IOException {
    this.context = context;
    this.trust = trust;
    baseline = Baseline.in(context.getDataFile("baseline").toPath(), context.getBundles());
    if (trust.asksForSignatures()) {
      context.registerService(ResolverHookFactory.class, this, null);
    }
  }

  @Override
  public ResolverHook begin(Collection<BundleRevision> triggers) {
    return new Filter();
  }

  private boolean mayResolve(Bundle bundle) {
    return baseline.has(bundle)
        || verdicts.computeIfAbsent(Baseline.state(bundle), state -> judge(bundle))
            instanceof Verdict.Accepted;
  }

  private Verdict judge(Bundle bundle) {
    String name = bundle.getSymbolicName() + " (" + bundle.getLocation() + ")";
    try {
      Path jar = context.getDataFile("entries-" + bundle.getBundleId() + ".jar").toPath();
      try {
        Entries.write(bundle, jar);
        return trust.installed(name, jar);
      } finally {
        Files.deleteIfExists(jar);
      }
    } catch (IOException | IllegalStateException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Bundle " + name + " does not resolve: its signature cannot be checked",
          e);
      return new Verdict.Refused(e.toString());
    }
  }

  /** Takes bundles out of one resolution. */
  private final class Filter implements ResolverHook {
    @Override
    public void filterResolvable(Collection<BundleRevision> candidates) {
      candidates.removeIf(candidate -> !mayResolve(candidate.getBundle()));
    }

    @Override
    public void filterSingletonCollisions(
        BundleCapability singleton, Collection<BundleCapability> collisionCandidates) {
      // a bundle that does not resolve collides with none
    }

    @Override
    public void filterMatches(
        BundleRequirement requirement, Collection<BundleCapability> candidates) {
      // what does not resolve provides nothing
    }

    @Override
    public void end() {
      // nothing is kept
    }
  }
}
