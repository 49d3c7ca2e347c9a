package io.quire.shell;

import io.quire.api.device.DeviceInfo;
import io.quire.api.kernel.KernelRegistry;
import io.quire.api.kernel.KernelSource;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Prefers a kernel source, by registering it once more with the greatest ranking. A device that
 * refuses it falls back to the others, as with any source. A preference ends when it is taken back,
 * when its source leaves, and with this bundle or the registry.
 *
 * <p>A {@link Function}, as Gogo finds no Java method for a name with a hyphen.
 */
@Component(service = KernelUse.class, immediate = true)
@GogoCommand(scope = "quire", function = "kernel-use")
@Descriptor("prefers a kernel source for an op: kernel-use OP NAME [DEVICE]; kernel-use OP ends it")
public final class KernelUse implements Function {
  private static final String USAGE =
      "usage: kernel-use OP NAME [DEVICE] prefers the source NAME (or the one with this origin) for"
          + " OP, on one device or on all that it suits; kernel-use OP ends that. See kernels";

  private final BundleContext context;
  private final KernelRegistry registry;
  private final Map<String, Preference> preferences = new HashMap<>();
  private final KernelRegistry.Registration listening;

  /**
   * Creates the command.
   *
   * @param context where preferences are registered
   * @param registry the sources there are
   */
  @Activate
  public KernelUse(BundleContext context, @Reference KernelRegistry registry) {
    this.context = context;
    this.registry = registry;
    listening = registry.listen(this::dropIfGone);
  }

  /** A preference and its service. */
  private record Preference(
      PreferredKernel kernel, ServiceRegistration<KernelSource> registration) {}

  @Override
  public Object execute(CommandSession session, List<Object> arguments) {
    List<String> words = arguments.stream().map(String::valueOf).toList();
    return switch (words.size()) {
      case 1 -> release(words.get(0));
      case 2 -> prefer(words.get(0), words.get(1), "");
      case 3 -> prefer(words.get(0), words.get(1), words.get(2));
      default -> throw new ShellException(USAGE);
    };
  }

  private String prefer(String op, String name, String device) {
    KernelSource source = find(op, name);
    PreferredKernel kernel = new PreferredKernel(source, filter(device));
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(KernelSource.OP, op);
    properties.put(KernelSource.DIALECT, kernel.header().dialect());
    properties.put(KernelSource.REQUIRES, kernel.header().filter());
    properties.put(Constants.SERVICE_RANKING, Integer.MAX_VALUE);
    // Listeners run while it is registered and may come back here: no lock is held.
    Preference preference =
        new Preference(kernel, context.registerService(KernelSource.class, kernel, properties));
    Preference earlier;
    synchronized (preferences) {
      earlier = preferences.put(op, preference);
    }
    if (earlier != null) {
      earlier.registration().unregister();
    }
    dropIfGone(op);
    return "the source "
        + source.origin()
        + " is preferred for "
        + op
        + (device.isEmpty() ? "" : " on " + device)
        + ", where it suits; kernel-use "
        + op
        + " ends that";
  }

  private String release(String op) {
    if (!take(op)) {
      List<String> held;
      synchronized (preferences) {
        held = List.copyOf(preferences.keySet());
      }
      throw Models.unknown("preference for the op", op, held);
    }
    return "no source is preferred for " + op + " any more; the ranking decides";
  }

  private KernelSource find(String op, String name) {
    List<KernelSource> all =
        KernelCommands.entries(registry, op).stream()
            .map(KernelRegistry.Entry::source)
            .filter(source -> !(source instanceof PreferredKernel))
            .toList();
    List<KernelSource> found =
        all.stream()
            .filter(s -> s.header().name().equals(name) || s.origin().equals(name))
            .toList();
    if (found.isEmpty()) {
      throw Models.unknown(
          "kernel source of " + op, name, all.stream().map(s -> s.header().name()).toList());
    }
    if (found.size() > 1) {
      throw new ShellException(
          "there are "
              + found.size()
              + " kernel sources "
              + name
              + " of "
              + op
              + "; name one by its origin: "
              + String.join(", ", found.stream().map(KernelSource::origin).toList()));
    }
    return found.getFirst();
  }

  private static String filter(String device) {
    if (device.isEmpty()) {
      return "";
    }
    String filter = "(" + DeviceInfo.DEVICE + "=" + device + ")";
    try {
      return FrameworkUtil.createFilter(filter).toString();
    } catch (InvalidSyntaxException e) {
      throw new ShellException(
          "'" + Units.printable(device, false) + "' is no device, see devices");
    }
  }

  /** Ends the preference of an op whose source is no longer there. */
  private void dropIfGone(String op) {
    Preference held;
    synchronized (preferences) {
      held = preferences.get(op);
    }
    if (held != null
        && registry.entries().stream().noneMatch(e -> e.source() == held.kernel().preferred())) {
      take(op);
    }
  }

  private boolean take(String op) {
    Preference taken;
    synchronized (preferences) {
      taken = preferences.remove(op);
    }
    if (taken != null) {
      taken.registration().unregister();
    }
    return taken != null;
  }

  @Deactivate
  void close() {
    listening.close();
    List<String> ops;
    synchronized (preferences) {
      ops = List.copyOf(preferences.keySet());
    }
    ops.forEach(this::take);
  }
}
