package io.quire.worker;

import java.util.Collection;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.hooks.bundle.EventHook;
import org.osgi.framework.hooks.bundle.FindHook;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleWiring;

/**
 * Hides bundles from Declarative Services: they are active, but nothing makes their components, so
 * they open no device in this process. A backend needs no line of code for it. Bundles that are
 * active already must be restarted to be hidden, or seen.
 */
final class HiddenBackends implements EventHook, FindHook {
  private static final String EXTENDER = "osgi.extender";
  private static final String COMPONENTS = "osgi.component";

  private volatile Set<String> names;

  HiddenBackends(Set<String> names) {
    this.names = names;
  }

  void use(Set<String> symbolicNames) {
    names = symbolicNames;
  }

  @Override
  public void event(BundleEvent event, Collection<BundleContext> contexts) {
    boolean starts =
        switch (event.getType()) {
          case BundleEvent.STARTING, BundleEvent.STARTED, BundleEvent.LAZY_ACTIVATION -> true;
          default -> false;
        };
    if (starts && hides(event.getBundle())) {
      contexts.removeIf(HiddenBackends::makesComponents);
    }
  }

  @Override
  public void find(BundleContext context, Collection<Bundle> bundles) {
    if (makesComponents(context)) {
      bundles.removeIf(this::hides);
    }
  }

  private boolean hides(Bundle bundle) {
    String name = bundle.getSymbolicName();
    return name != null && names.contains(name);
  }

  private static boolean makesComponents(BundleContext context) {
    BundleWiring wiring = context.getBundle().adapt(BundleWiring.class);
    if (wiring == null) {
      return false;
    }
    for (BundleCapability capability : wiring.getCapabilities(EXTENDER)) {
      if (COMPONENTS.equals(capability.getAttributes().get(EXTENDER))) {
        return true;
      }
    }
    return false;
  }
}
