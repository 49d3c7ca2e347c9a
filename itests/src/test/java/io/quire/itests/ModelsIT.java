package io.quire.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quire.api.engine.Engine;
import io.quire.api.engine.EngineException;
import io.quire.api.engine.Generation;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import io.quire.api.model.ModelConfig;
import io.quire.api.model.ModelFamily;
import io.quire.api.schedule.Scheduler;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.PrototypeServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.service.cm.ConfigurationAdmin;

/** The distribution in a framework: it resolves and boots, models and schedulers come and go. */
@ExtendWith(PaxExam.class)
public class ModelsIT {
  private static final int[] PROMPT = {72, 101, 108, 108, 111};

  @Inject private BundleContext context;
  @Inject private ConfigurationAdmin configurations;

  /** {@return the distribution} */
  @Configuration
  public Option[] config() {
    return Distribution.options();
  }

  @Test
  public void shouldResolveAndStartEveryBundle() {
    for (Bundle bundle : context.getBundles()) {
      boolean fragment = bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null;
      assertEquals(
          fragment ? Bundle.RESOLVED : Bundle.ACTIVE,
          bundle.getState(),
          () -> bundle + " is not started");
    }
    assertTrue(
        Arrays.stream(context.getBundles())
                .filter(b -> b.getSymbolicName().startsWith("io.quire."))
                .count()
            >= 10);
  }

  @Test
  public void shouldSupportTheArchitecturesThatBundlesOffer() throws Exception {
    var families = context.getServiceReferences(ModelFamily.class, null);
    assertTrue(families.size() >= 2);
    for (var reference : families) {
      ModelFamily family = context.getService(reference);
      List<BundleCapability> offers =
          reference.getBundle().adapt(BundleWiring.class).getCapabilities("quire.architecture");
      assertEquals(1, offers.size(), () -> reference.getBundle() + " says for whom it is");
      var names = (List<?>) offers.getFirst().getAttributes().get("quire.architecture");
      assertFalse(names.isEmpty());
      for (Object name : names) {
        assertTrue(
            Arrays.stream(ModelConfig.Naming.values())
                .map(naming -> new ModelConfig(naming, name.toString(), Map.of(), Set.of()))
                .anyMatch(family::supports),
            () -> family.name() + " does not support " + name);
      }
    }
  }

  @Test
  public void shouldServeAModelWhileItsConfigurationIsThere() throws Exception {
    var configuration =
        configurations.getFactoryConfiguration(Engine.FACTORY_PID, "come-and-go", "?");
    configuration.update(model("come-and-go", "(policy=fcfs)"));
    Engine engine = Services.await(context, Engine.class, "(model=come-and-go)");
    int[] first = generate(engine, 12);
    assertEquals(12, first.length);
    configuration.delete();
    Services.awaitGone(context, Engine.class, "(model=come-and-go)");
    EngineException refused = assertThrows(EngineException.class, () -> submit(engine, 1));
    assertEquals(EngineException.Kind.UNAVAILABLE, refused.kind());

    configurations
        .getFactoryConfiguration(Engine.FACTORY_PID, "come-and-go", "?")
        .update(model("come-and-go", "(policy=fcfs)"));
    Engine again = Services.await(context, Engine.class, "(model=come-and-go)");
    assertEquals(Arrays.toString(first), Arrays.toString(generate(again, 12)));
    configurations.getFactoryConfiguration(Engine.FACTORY_PID, "come-and-go", "?").delete();
    Services.awaitGone(context, Engine.class, "(model=come-and-go)");
  }

  @Test
  public void shouldLetABundleReplaceTheSchedulerOfARunningModelAndBack() throws Exception {
    var configuration = configurations.getFactoryConfiguration(Engine.FACTORY_PID, "swapped", "?");
    configuration.update(model("swapped", "(policy=fcfs)"));
    Engine engine = Services.await(context, Engine.class, "(model=swapped)");
    int[] undisturbed = generate(engine, 64);
    Generation running = submit(engine, 64);

    CountDownLatch used = new CountDownLatch(1);
    ServiceRegistration<Scheduler> ours = register(used);
    configuration.update(model("swapped", "(policy=last-in)"));
    assertTrue(
        used.await(60, TimeUnit.SECONDS), "the scheduler of the probe bundle was never asked");
    assertEquals(Arrays.toString(undisturbed), Arrays.toString(tokens(running)));
    assertEquals(Arrays.toString(undisturbed), Arrays.toString(generate(engine, 64)));
    assertEquals("last-in", engine.lanes().getFirst().scheduler());

    Generation beforeReturn = submit(engine, 64);
    configuration.update(model("swapped", "(policy=fcfs)"));
    assertEquals(Arrays.toString(undisturbed), Arrays.toString(tokens(beforeReturn)));
    assertEquals(Arrays.toString(undisturbed), Arrays.toString(generate(engine, 64)));
    assertEquals("fcfs", engine.lanes().getFirst().scheduler());
    ours.unregister();
    assertEquals(Arrays.toString(undisturbed), Arrays.toString(generate(engine, 64)));
    configuration.delete();
    Services.awaitGone(context, Engine.class, "(model=swapped)");
  }

  /** Registers a scheduler from this test's own bundle, as anybody's bundle may. */
  private ServiceRegistration<Scheduler> register(CountDownLatch used) {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(Scheduler.POLICY, "last-in");
    return context.registerService(
        Scheduler.class,
        new PrototypeServiceFactory<Scheduler>() {
          @Override
          public Scheduler getService(Bundle bundle, ServiceRegistration<Scheduler> registration) {
            return new LastInScheduler(used);
          }

          @Override
          public void ungetService(
              Bundle bundle, ServiceRegistration<Scheduler> registration, Scheduler service) {
            // the object goes on until the engine has moved its sequences to another one
          }
        },
        properties);
  }

  private static Hashtable<String, Object> model(String name, String scheduler) {
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put("name", name);
    properties.put("location", "random:llama-tiny");
    properties.put("scheduler.target", scheduler);
    properties.put("kv.memory", "4m");
    return properties;
  }

  private static Generation submit(Engine engine, int tokens) {
    GenerationRequest request =
        GenerationRequest.builder("it-" + System.nanoTime(), new Prompt.Tokens(PROMPT))
            .maxTokens(tokens)
            .ignoreEnd(true)
            .build();
    return engine.submit(request, event -> {});
  }

  private static int[] generate(Engine engine, int tokens) throws Exception {
    return tokens(submit(engine, tokens));
  }

  private static int[] tokens(Generation generation) throws Exception {
    return generation.result().get(60, TimeUnit.SECONDS).choices().getFirst().tokens();
  }
}
