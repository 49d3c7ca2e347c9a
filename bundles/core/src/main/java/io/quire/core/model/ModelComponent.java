package io.quire.core.model;

import io.quire.api.cache.BlockManager;
import io.quire.api.device.Device;
import io.quire.api.engine.Engine;
import io.quire.api.engine.ServedModel;
import io.quire.api.engine.ServedModel.State;
import io.quire.api.model.ModelFamily;
import io.quire.api.model.WeightsFormat;
import io.quire.api.schedule.Scheduler;
import io.quire.api.text.ChatTemplateFactory;
import io.quire.api.text.TokenizerFactory;
import io.quire.core.engine.Lease;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.ComponentServiceObjects;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.component.annotations.ReferenceScope;
import org.osgi.service.metatype.annotations.Designate;

/**
 * A configuration of {@link Engine#FACTORY_PID} is a served model. This class is all of it that
 * knows OSGi: it hands services in, and registers what comes out.
 *
 * <p>Activation loads nothing; deactivation returns when the model has drained and is gone.
 */
@Component(
    service = {},
    immediate = true,
    configurationPid = Engine.FACTORY_PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = ModelConfiguration.class, factory = true)
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.engine.Engine")
@Capability(
    namespace = "osgi.service",
    effective = "active",
    attribute = "objectClass:List<String>=io.quire.api.engine.ServedModel")
public final class ModelComponent {
  private final BundleContext context;
  private final Services services = new Services();
  private final AtomicReference<ComponentServiceObjects<Scheduler>> schedulers =
      new AtomicReference<>();
  private final AtomicReference<ComponentServiceObjects<BlockManager>> blockManagers =
      new AtomicReference<>();

  /** The model as it is configured now; empty before activation and where it is misconfigured. */
  private volatile Optional<ModelHost> host = Optional.empty();

  private Optional<ModelSettings> settings = Optional.empty();
  private Optional<ServiceRegistration<ServedModel>> listing = Optional.empty();

  /**
   * Used by Declarative Services.
   *
   * @param context where the model is registered
   */
  @Activate
  public ModelComponent(BundleContext context) {
    this.context = context;
  }

  @Activate
  void activate(ModelConfiguration configuration) {
    begin(configuration);
  }

  /** Changes of the policies' targets reach the references; anything else loads the model anew. */
  @Modified
  void modified(ModelConfiguration configuration) {
    try {
      if (settings.equals(Optional.of(ModelConfiguration.Reader.read(configuration)))) {
        return;
      }
    } catch (IllegalArgumentException expected) {
      // The new configuration is wrong: the model says so instead of running on the old one.
    }
    end();
    begin(configuration);
  }

  @Deactivate
  void deactivate() {
    end();
  }

  private void begin(ModelConfiguration configuration) {
    ModelStatus status =
        new ModelStatus(
            String.valueOf(configuration.name()), String.valueOf(configuration.location()));
    listing =
        Optional.of(context.registerService(ServedModel.class, status, properties(status.name())));
    try {
      ModelSettings read = ModelConfiguration.Reader.read(configuration);
      ModelHost made =
          new ModelHost(
              read, filter(read.deviceFilter()), services, status, new Registration(read.name()));
      settings = Optional.of(read);
      host = Optional.of(made);
      made.poke();
    } catch (IllegalArgumentException e) {
      status.set(State.FAILED, e.getMessage(), 0);
    }
  }

  private void end() {
    host.ifPresent(ModelHost::close);
    host = Optional.empty();
    settings = Optional.empty();
    listing.ifPresent(ServiceRegistration::unregister);
    listing = Optional.empty();
  }

  private static Predicate<Map<String, Object>> filter(String text) {
    if (text.isBlank()) {
      return properties -> true;
    }
    try {
      Filter filter = FrameworkUtil.createFilter(text);
      return filter::matches;
    } catch (InvalidSyntaxException e) {
      throw new IllegalArgumentException(
          "device.filter " + text + " is no LDAP filter: " + e.getMessage(), e);
    }
  }

  private static Dictionary<String, Object> properties(String model) {
    return new Hashtable<>(Map.of(Engine.MODEL, model));
  }

  private void poke() {
    host.ifPresent(ModelHost::poke);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addFormat(WeightsFormat format, Map<String, Object> properties) {
    services.formats.add(format, properties);
    poke();
  }

  void removeFormat(WeightsFormat format) {
    services.formats.remove(format);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addFamily(ModelFamily family, Map<String, Object> properties) {
    services.families.add(family, properties);
    poke();
  }

  void removeFamily(ModelFamily family) {
    services.families.remove(family);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addTokenizer(TokenizerFactory factory, Map<String, Object> properties) {
    services.tokenizers.add(factory, properties);
    poke();
  }

  void removeTokenizer(TokenizerFactory factory) {
    services.tokenizers.remove(factory);
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addTemplate(ChatTemplateFactory factory, Map<String, Object> properties) {
    services.templates.add(factory, properties);
    poke();
  }

  void removeTemplate(ChatTemplateFactory factory) {
    services.templates.remove(factory);
    poke();
  }

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addDevice(Device device, Map<String, Object> properties) {
    services.devices.add(device, properties);
    poke();
  }

  /** Returns when nothing uses the device any more, so that its bundle may go. */
  void removeDevice(Device device) {
    services.devices.remove(device);
    host.ifPresent(h -> h.removeDevice(device));
  }

  @Reference(
      name = "scheduler",
      target = "(policy=fcfs)",
      scope = ReferenceScope.PROTOTYPE_REQUIRED,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void addScheduler(ComponentServiceObjects<Scheduler> objects, Map<String, Object> properties) {
    schedulers.set(objects);
    services.schedulers.set(leases(objects, properties.get(Scheduler.POLICY)));
    host.ifPresent(ModelHost::schedulersChanged);
    poke();
  }

  void removeScheduler(ComponentServiceObjects<Scheduler> objects) {
    // When another takes over, it is bound before the old one is unbound.
    if (schedulers.compareAndSet(objects, null)) {
      services.schedulers.set(null);
      host.ifPresent(ModelHost::schedulersChanged);
    }
  }

  @Reference(
      name = "blocks",
      target = "(policy=paged)",
      scope = ReferenceScope.PROTOTYPE_REQUIRED,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void addBlocks(ComponentServiceObjects<BlockManager> objects, Map<String, Object> properties) {
    blockManagers.set(objects);
    services.blockManagers.set(leases(objects, properties.get(BlockManager.POLICY)));
    host.ifPresent(ModelHost::blockManagersChanged);
    poke();
  }

  void removeBlocks(ComponentServiceObjects<BlockManager> objects) {
    if (blockManagers.compareAndSet(objects, null)) {
      services.blockManagers.set(null);
      host.ifPresent(ModelHost::blockManagersChanged);
    }
  }

  private static <T> Supplier<Lease<T>> leases(ComponentServiceObjects<T> objects, Object policy) {
    return () -> {
      T made = objects.getService();
      if (made == null) {
        throw new IllegalStateException("the service with policy " + policy + " has just left");
      }
      return new Lease<>(made, String.valueOf(policy), () -> giveBack(objects, made));
    };
  }

  private static <T> void giveBack(ComponentServiceObjects<T> objects, T made) {
    try {
      objects.ungetService(made);
    } catch (IllegalStateException | IllegalArgumentException expected) {
      // The reference is unbound already, and its objects with it.
    }
  }

  /** The engine as a service. */
  private final class Registration implements ModelHost.Registrar {
    private final String name;
    private Optional<ServiceRegistration<Engine>> registered = Optional.empty();

    Registration(String name) {
      this.name = name;
    }

    @Override
    public void register(Engine engine) {
      registered = Optional.of(context.registerService(Engine.class, engine, properties(name)));
    }

    @Override
    public void unregister() {
      try {
        registered.ifPresent(ServiceRegistration::unregister);
      } catch (IllegalStateException expected) {
        // The bundle is stopping and its services are gone already.
      }
      registered = Optional.empty();
    }
  }
}
