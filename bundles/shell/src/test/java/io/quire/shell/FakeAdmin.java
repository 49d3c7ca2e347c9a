package io.quire.shell;

import java.lang.reflect.Proxy;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** Keeps factory configurations and tells the test when one comes or leaves. */
final class FakeAdmin {
  private final Map<String, Dictionary<String, ?>> configurations = new TreeMap<>();
  private final Consumer<Dictionary<String, ?>> updated;
  private final Consumer<String> deleted;

  FakeAdmin(Consumer<Dictionary<String, ?>> updated, Consumer<String> deleted) {
    this.updated = updated;
    this.deleted = deleted;
  }

  ConfigurationAdmin admin() {
    return proxy(
        ConfigurationAdmin.class,
        (name, arguments) ->
            switch (name) {
              case "getFactoryConfiguration" -> configuration(arguments[0] + "~" + arguments[1]);
              case "listConfigurations" ->
                  configurations.isEmpty()
                      ? null
                      : configurations.keySet().stream()
                          .map(this::configuration)
                          .toArray(Configuration[]::new);
              default -> throw new UnsupportedOperationException(name);
            });
  }

  private Configuration configuration(String pid) {
    return proxy(
        Configuration.class,
        (name, arguments) -> {
          switch (name) {
            case "getPid":
              return pid;
            case "getProperties":
              return configurations.get(pid);
            case "update":
              Dictionary<String, Object> properties = copy((Dictionary<?, ?>) arguments[0]);
              configurations.put(pid, properties);
              updated.accept(properties);
              return null;
            case "delete":
              configurations.remove(pid);
              deleted.accept(pid);
              return null;
            default:
              throw new UnsupportedOperationException(name);
          }
        });
  }

  private static Dictionary<String, Object> copy(Dictionary<?, ?> from) {
    Dictionary<String, Object> copy = new Hashtable<>();
    from.keys().asIterator().forEachRemaining(key -> copy.put((String) key, from.get(key)));
    return copy;
  }

  /** What a proxied method does. */
  private interface Call {
    Object run(String name, Object[] arguments);
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> call.run(method.getName(), arguments)));
  }
}
