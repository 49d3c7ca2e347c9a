import io.quire.api.engine.Engine;
import io.quire.api.engine.GenerationRequest;
import io.quire.api.engine.Prompt;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarFile;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.util.tracker.ServiceTracker;

/** Quire in another program: each line of standard input is a prompt, beside those over HTTP. */
public final class EmbedHost {
  public static void main(String[] args) throws Exception {
    Path dist = Path.of(args[0]);
    Path home = Path.of(args[1]).toAbsolutePath();
    Path api = Path.of(Engine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(properties(dist, home, api, args[2]));
    framework.start();
    List<Path> jars;
    try (var files = Files.list(dist.resolve("bundles"))) {
      jars = files.filter(jar -> !jar.getFileName().equals(api.getFileName())).sorted().toList();
    }
    for (Path jar : jars) {
      framework.getBundleContext().installBundle(jar.toUri().toString());
    }
    for (Bundle bundle : framework.getBundleContext().getBundles()) {
      bundle.start();
    }

    var engines = new ServiceTracker<Engine, Engine>(framework.getBundleContext(), Engine.class, null);
    engines.open();
    Engine engine = engines.waitForService(60_000);
    System.out.println("serving " + engine.info().name());
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      AtomicInteger most = new AtomicInteger();
      var prompt = new Prompt.Text(line, true, false);
      var request = GenerationRequest.builder("line-" + System.nanoTime(), prompt).maxTokens(48).build();
      var generation =
          engine.submit(request, e -> most.accumulateAndGet(engine.stats().running(), Math::max));
      var answer = generation.result().get().choices().getFirst();
      System.out.println(most + " at once: " + Arrays.toString(answer.tokens()) + " " + answer.text());
    }
    framework.stop();
    framework.waitForStop(0);
  }

  private static Map<String, String> properties(Path dist, Path home, Path api, String port)
      throws Exception {
    Properties defaults = new Properties();
    defaults.load(Files.newBufferedReader(dist.resolve("conf/framework.properties")));
    Map<String, String> properties = new TreeMap<>();
    defaults.stringPropertyNames().forEach(name -> properties.put(name, defaults.getProperty(name)));
    properties.put(Constants.FRAMEWORK_STORAGE, home.resolve("framework").toString());
    properties.put("quire.home", home.toString());
    properties.put("felix.fileinstall.dir", home.resolve("etc").toString());
    properties.put("org.apache.felix.http.host", "127.0.0.1");
    properties.put("org.osgi.service.http.port", port);
    // The contracts are classes of this program: the bundles get them from it.
    try (JarFile jar = new JarFile(api.toFile())) {
      String contracts = jar.getManifest().getMainAttributes().getValue(Constants.EXPORT_PACKAGE);
      properties.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, contracts);
    }
    return properties;
  }
}
