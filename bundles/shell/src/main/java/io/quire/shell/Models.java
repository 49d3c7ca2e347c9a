package io.quire.shell;

import io.quire.api.engine.Engine;
import io.quire.api.engine.ServedModel;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The models there are at the moment, found by the names that people type. */
@Component(service = Models.class, immediate = true)
public final class Models {
  private final Set<Engine> engines = ConcurrentHashMap.newKeySet();
  private final Set<ServedModel> served = ConcurrentHashMap.newKeySet();
  private long changes;

  /** Starts empty. */
  @Activate
  public Models() {}

  @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
  void addEngine(Engine engine) {
    engines.add(engine);
    changed();
  }

  void removeEngine(Engine engine) {
    engines.remove(engine);
    changed();
  }

  @Reference(
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      updated = "addModel",
      unbind = "removeModel")
  void addModel(ServedModel model) {
    served.add(model);
    changed();
  }

  void removeModel(ServedModel model) {
    served.remove(model);
    changed();
  }

  private synchronized void changed() {
    changes++;
    notifyAll();
  }

  /** {@return how many changes there were} */
  synchronized long changes() {
    return changes;
  }

  /**
   * Waits until a service comes, changes or leaves.
   *
   * @param seen {@link #changes} when the caller looked
   * @param millis at most so long
   */
  synchronized void awaitChange(long seen, long millis) throws InterruptedException {
    if (changes == seen) {
      TimeUnit.MILLISECONDS.timedWait(this, millis);
    }
  }

  /** {@return the engines, by name} */
  List<Engine> engines() {
    return engines.stream().sorted(Comparator.comparing(engine -> engine.info().name())).toList();
  }

  /** {@return the models that are configured, ready or not, by name} */
  List<ServedModel> served() {
    return served.stream().sorted(Comparator.comparing(ServedModel::name)).toList();
  }

  /**
   * Finds an engine.
   *
   * @param name a model's name, or its beginning if no other begins so
   * @return the engine
   * @throws ShellException if there is none or there are several; names those there are
   */
  Engine engine(String name) {
    List<Engine> all = engines();
    List<String> names = all.stream().map(engine -> engine.info().name()).toList();
    Optional<String> found = match(name, names);
    if (found.isPresent()) {
      return all.get(names.indexOf(found.get()));
    }
    Optional<ServedModel> loading =
        served.stream().filter(model -> model.name().equals(name)).findFirst();
    if (loading.isPresent()) {
      throw new ShellException(
          "the model " + name + " does not serve: it is " + describe(loading.get()));
    }
    throw unknown("model", name, names);
  }

  /**
   * Finds a configured model.
   *
   * @param name as in {@link #engine}
   * @return the model
   * @throws ShellException as in {@link #engine}
   */
  ServedModel model(String name) {
    List<ServedModel> all = served();
    List<String> names = all.stream().map(ServedModel::name).toList();
    return match(name, names)
        .map(found -> all.get(names.indexOf(found)))
        .orElseThrow(() -> unknown("model", name, names));
  }

  /** {@return the state and what the model says of it} */
  static String describe(ServedModel model) {
    String progress =
        model.state() == ServedModel.State.LOADING ? ", " + Units.percent(model.progress()) : "";
    String message = model.message().isEmpty() ? "" : ": " + model.message();
    return model.state() + progress + message;
  }

  /** {@return an error that lists what there is} */
  static ShellException unknown(String what, String name, Collection<String> candidates) {
    return new ShellException(
        "there is no "
            + what
            + " '"
            + Units.printable(name, false)
            + "'; there "
            + (candidates.isEmpty() ? "is none at all" : "are: " + String.join(", ", candidates)));
  }

  /** The name itself, or the only one that begins so. */
  private static Optional<String> match(String name, List<String> names) {
    if (names.contains(name)) {
      return Optional.of(name);
    }
    List<String> longer = names.stream().filter(n -> n.startsWith(name)).toList();
    if (longer.size() > 1) {
      throw new ShellException(
          "'" + name + "' may mean several models: " + String.join(", ", longer));
    }
    return longer.stream().findFirst();
  }
}
